//! Settings files on disk: writing, reading, listing. What is in them is `config`'s.

use crate::app::NotSaved;
use crate::language::tr;
use crate::runs::write_aside;
use std::path::{Path, PathBuf};

/// A settings file is far smaller; a larger one is something else.
const LARGEST: u64 = 1 << 20;

/// Writes it, aside and then renamed.
pub fn write(path: &Path, text: &str, replace: bool) -> Result<(), NotSaved> {
    if !replace && path.exists() {
        return Err(NotSaved::Exists);
    }
    let failed = |error: &dyn std::fmt::Display| {
        NotSaved::Failed(tr!(
            "{path}: settings cannot be saved: {error}; choose a folder that can be written.",
            path = path.display(),
            error = error
        ))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    }
    write_aside(path, text.as_bytes()).map_err(|e| failed(&e))
}

/// Its text.
pub fn read(path: &Path) -> Result<String, String> {
    let cannot = |error: &dyn std::fmt::Display| {
        tr!("cannot read the file: {error}; check the path and its permissions", error = error)
    };
    let about = std::fs::metadata(path).map_err(|e| cannot(&e))?;
    if about.len() > LARGEST {
        return Err(tr!("this is no settings file: it is too large; choose a TOML file").to_owned());
    }
    std::fs::read_to_string(path).map_err(|e| cannot(&e))
}

/// The TOML files of a folder, by name; none where the folder cannot be read.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_replaced_unasked_and_is_listed() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("configs");
        assert_eq!(list(&folder), Vec::<PathBuf>::new());
        let path = folder.join("mine.toml");
        assert_eq!(write(&path, "a = 1\n", false), Ok(()));
        assert_eq!(write(&path, "a = 2\n", false), Err(NotSaved::Exists));
        assert_eq!(read(&path).as_deref(), Ok("a = 1\n"));
        assert_eq!(write(&path, "a = 2\n", true), Ok(()));
        assert_eq!(read(&path).as_deref(), Ok("a = 2\n"));
        std::fs::write(folder.join("note.txt"), "x").expect("writable");
        assert_eq!(list(&folder), std::slice::from_ref(&path));
        assert!(read(&folder.join("none.toml")).is_err_and(|e| e.contains("cannot read")));
        assert!(matches!(write(&path.join("below.toml"), "", false), Err(NotSaved::Failed(_))));
    }
}
