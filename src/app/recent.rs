//! What was opened lately: data and runs, the newest first. Plain values; whether a path still
//! exists is not known here.

use std::path::PathBuf;

/// So many are kept.
const KEPT: usize = 12;

/// One thing that was opened.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recent {
    /// A data set, by its source.
    Data(String),
    /// A run, by its folder.
    Run(PathBuf),
}

impl Recent {
    /// Its path or name, as shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Data(source) => source.clone(),
            Self::Run(folder) => folder.display().to_string(),
        }
    }
}

/// Puts it in front.
pub fn remember(list: &mut Vec<Recent>, opened: Recent) {
    list.retain(|other| *other != opened);
    list.insert(0, opened);
    list.truncate(KEPT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_first_and_nothing_stands_twice() {
        let mut list = Vec::new();
        for index in 0..20 {
            remember(&mut list, Recent::Data(format!("data {index}")));
        }
        remember(&mut list, Recent::Run("run".into()));
        remember(&mut list, Recent::Data("data 15".to_owned()));
        assert_eq!(list.len(), KEPT);
        assert_eq!(list[0].shown(), "data 15");
        assert_eq!(list[1], Recent::Run("run".into()));
        assert_eq!(list.iter().filter(|r| r.shown() == "data 15").count(), 1);
    }
}
