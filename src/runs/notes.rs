//! What a person says about a run: a name to show, tags and notes, in `notes.toml` in its
//! folder. A run without the file has none of them. Keys that this version does not know stay.

use super::RunError;
use super::aside::write_aside;
use std::fs;
use std::path::{Path, PathBuf};

const NOTES: &str = "notes.toml";
/// More is no name or note; it would slow the list of runs.
const LARGEST: u64 = 1 << 20;

/// What a person says about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Shown instead of the folder's name; empty for that.
    pub name: String,
    /// Short words to find runs by; no two are the same.
    pub tags: Vec<String>,
    /// In sentences.
    pub text: String,
}

impl Notes {
    /// Reads a run's notes; those of a run without the file are empty.
    ///
    /// # Errors
    /// [`RunError`] when the file is there and cannot be read.
    pub fn read(run: &Path) -> Result<Self, RunError> {
        Ok(Self::of(&table(&run.join(NOTES))?))
    }

    fn of(table: &toml::Table) -> Self {
        let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let tags = table.get("tags").and_then(toml::Value::as_array).into_iter().flatten();
        let tags = tags.filter_map(toml::Value::as_str).map(str::to_owned).collect();
        Self { name: text("name"), tags, text: text("notes") }
    }

    /// Writes them. A file that is there and cannot be read is kept beside it as `.bad`.
    ///
    /// # Errors
    /// [`RunError`] when the folder cannot be written.
    pub fn write(&self, run: &Path) -> Result<(), RunError> {
        let path = run.join(NOTES);
        let mut table = table(&path).unwrap_or_else(|_| {
            let mut bad = path.as_os_str().to_owned();
            bad.push(".bad");
            // What cannot be set aside could not be read either.
            let _ = fs::rename(&path, PathBuf::from(bad));
            toml::Table::new()
        });
        let mut put = |key: &str, value: toml::Value, empty: bool| {
            if empty {
                table.remove(key);
            } else {
                table.insert(key.to_owned(), value);
            }
        };
        put("name", self.name.clone().into(), self.name.is_empty());
        put("tags", self.tags.clone().into(), self.tags.is_empty());
        put("notes", self.text.clone().into(), self.text.is_empty());
        if table.is_empty() {
            return match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(RunError::write(&path, &e)),
                _ => Ok(()),
            };
        }
        write_aside(&path, table.to_string().as_bytes())
    }

    /// Tags from a line: separated by commas, English or Chinese, each once.
    pub fn parse_tags(line: &str) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for tag in line.split([',', '，', '、', ';', '；']).map(str::trim).filter(|tag| !tag.is_empty()) {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        tags
    }
}

/// The file's keys; none where there is no file.
fn table(path: &Path) -> Result<toml::Table, RunError> {
    let damaged = |cause: String| {
        RunError::at(
            path,
            format!("damaged: {cause}"),
            "correct it by hand, or write new notes in the Runs panel: the old file is kept as .bad",
        )
    };
    match fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(toml::Table::new()),
        Ok(about) if about.len() > LARGEST => return Err(damaged("it is larger than 1 MiB".to_owned())),
        _ => {}
    }
    let text = fs::read_to_string(path).map_err(|e| RunError::read(path, &e))?;
    toml::from_str(&text).map_err(|e| damaged(e.message().to_owned()))
}
