//! What a Hugging Face data set says about its columns: names of classes. It stands in the
//! file's own metadata, in `dataset_infos.json`, or in the front matter of `README.md`.

use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Class names of columns that hold class numbers, by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(HashMap<String, Vec<String>>);

impl Features {
    /// From the value of the key `huggingface` in a file's metadata, for example
    /// `{"info": {"features": {"label": {"names": ["a", "b"], "_type": "ClassLabel"}}}}`.
    pub fn of_metadata(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        Self::of_json(&value["info"]["features"])
    }

    /// From what lies beside the files: in the folder, or in one of the two above.
    pub fn beside(file: &Path) -> Self {
        let folders = file.ancestors().skip(1).take(3).filter(|folder| !folder.as_os_str().is_empty());
        for folder in folders {
            let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            let infos: Value = serde_json::from_str(&read("dataset_infos.json")).unwrap_or_default();
            let sets = infos.as_object().into_iter().flat_map(|sets| sets.values());
            let found =
                sets.map(|set| Self::of_json(&set["features"])).find(|features| !features.0.is_empty());
            let found = found.unwrap_or_else(|| Self::of_card(&read("README.md")));
            if !found.0.is_empty() {
                return found;
            }
        }
        Self::default()
    }

    fn of_json(features: &Value) -> Self {
        let columns = features.as_object().into_iter().flatten();
        let labelled = columns.filter(|(_, feature)| feature["_type"] == "ClassLabel");
        let names = labelled.filter_map(|(column, feature)| {
            let names: Option<Vec<String>> =
                feature["names"].as_array()?.iter().map(|name| Some(name.as_str()?.to_owned())).collect();
            Some((column.clone(), names?))
        });
        Self(names.filter(|(_, names)| !names.is_empty()).collect())
    }

    /// From the YAML before a data set's card, as far as `datasets` itself writes it:
    /// `- name: label`, below it `class_label:`, `names:`, and `'0': World` and so on.
    fn of_card(card: &str) -> Self {
        let mut found = HashMap::new();
        let mut lines = card.lines();
        if lines.next().map(str::trim) != Some("---") {
            return Self(found);
        }
        let (mut column, mut names): (Option<String>, Option<Vec<String>>) = (None, None);
        for line in lines.take_while(|line| line.trim() != "---") {
            let entry = line.trim();
            if let Some(listed) = &mut names {
                let pair = entry.split_once(':').map(|(number, name)| (plain(number), plain(name)));
                match pair.filter(|(number, _)| number.parse() == Ok(listed.len())) {
                    Some((_, name)) => {
                        listed.push(name);
                        continue;
                    }
                    None => {
                        let listed = names.take().unwrap_or_default();
                        if let Some(column) = column.take().filter(|_| !listed.is_empty()) {
                            found.entry(column).or_insert(listed);
                        }
                    }
                }
            }
            if let Some(name) = entry.strip_prefix("- name:") {
                column = Some(plain(name));
            } else if entry == "names:" && column.is_some() {
                names = Some(Vec::new());
            }
        }
        if let (Some(column), Some(listed)) = (column, names.filter(|listed| !listed.is_empty())) {
            found.entry(column).or_insert(listed);
        }
        Self(found)
    }

    /// The class names of a column, if they are declared and all different.
    pub fn classes(&self, column: &str) -> Option<&[String]> {
        let names = self.0.get(column)?;
        let mut seen = std::collections::HashSet::new();
        names.iter().all(|name| seen.insert(name)).then_some(names.as_slice())
    }

    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A YAML scalar without its quotes.
fn plain(text: &str) -> String {
    let text = text.trim();
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    match (inner('\''), inner('"')) {
        (Some(text), _) => text.replace("''", "'"),
        (None, Some(text)) => text.replace("\\\"", "\"").replace("\\\\", "\\"),
        (None, None) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_are_found_in_metadata_and_in_the_card() {
        let metadata = r#"{"info": {"features": {"text": {"dtype": "string", "_type": "Value"},
            "label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}"#;
        let names = ["neg".to_owned(), "pos".to_owned()];
        assert_eq!(Features::of_metadata(metadata).classes("label"), Some(&names[..]));
        assert!(Features::of_metadata("not JSON").is_empty());
        let card = "---\nlicense: mit\ndataset_info:\n  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': neg\n          '1': \"pos\"\n  splits:\n  - name: train\n    num_bytes: 1\n---\n# Card\n";
        assert_eq!(Features::of_card(card).classes("label"), Some(&names[..]));
        assert!(Features::of_card("# no front matter\n'0': a\n").is_empty());
        let twice = r#"{"info": {"features": {"y": {"names": ["a", "a"], "_type": "ClassLabel"}}}}"#;
        assert_eq!(Features::of_metadata(twice).classes("y"), None, "names must differ");
    }
}
