//! New names for classes: a person's words in place of the source's, which stays as it is.
//! They are written in one line, such as `0 = cat, 1 = dog`, and change nothing but names:
//! classes keep their order and their number, and the fingerprint is that of the source.

use super::{DataError, Dataset};
use std::collections::HashMap;
use std::path::Path;

/// Reads `old = new, old = new`; either side may stand in double quotes, in which `\` comes
/// before a quote or itself.
///
/// # Errors
/// In words, with what does not fit: no `=`, a quote that is not closed, an empty name.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut left = text.chars().peekable();
    loop {
        while left.next_if(|c| c.is_whitespace() || *c == ',').is_some() {}
        if left.peek().is_none() {
            return Ok(pairs);
        }
        let old = name(&mut left, '=')?;
        if left.next() != Some('=') {
            return Err(format!("after '{old}' there is no = and new name; write it as in 0 = cat, 1 = dog"));
        }
        let new = name(&mut left, ',')?;
        match left.next() {
            None | Some(',') => {}
            Some(other) => return Err(format!("'{other}' follows the name '{new}'; put a comma between")),
        }
        if old.is_empty() || new.is_empty() {
            return Err("a class name is empty; write it as in 0 = cat, 1 = dog".to_owned());
        }
        pairs.push((old, new));
    }
}

/// One name, up to a delimiter that is left where it is.
fn name(left: &mut std::iter::Peekable<std::str::Chars<'_>>, end: char) -> Result<String, String> {
    while left.next_if(|c| c.is_whitespace()).is_some() {}
    let mut name = String::new();
    if left.next_if_eq(&'"').is_none() {
        while let Some(c) = left.next_if(|c| *c != end && *c != ',') {
            name.push(c);
        }
        return Ok(name.trim().to_owned());
    }
    loop {
        match left.next() {
            Some('"') => break,
            Some('\\') => name.extend(left.next()),
            Some(c) => name.push(c),
            None => return Err(format!("a quote before '{name}' is never closed; add the second quote")),
        }
    }
    while left.next_if(|c| c.is_whitespace()).is_some() {}
    Ok(name)
}

/// Writes what [`parse`] reads.
pub fn write(pairs: &[(String, String)]) -> String {
    let quoted = |name: &str| {
        let plain = !name.is_empty() && name.trim() == name && !name.contains(['=', ',', '"', '\n']);
        if plain {
            name.to_owned()
        } else {
            format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    let pairs: Vec<String> =
        pairs.iter().map(|(old, new)| format!("{} = {}", quoted(old), quoted(new))).collect();
    pairs.join(", ")
}

impl Dataset {
    /// Gives classes the names that `names` says, from the source's own names on; an empty
    /// text gives all their own back. Names for classes that are not there are told.
    ///
    /// # Errors
    /// `names` cannot be read, or two classes would have the same name.
    pub fn rename_classes(&mut self, names: &str) -> Result<(), DataError> {
        let path = Path::new(&self.source);
        let pairs = parse(names).map_err(|cause| {
            DataError::at(
                path,
                format!("data.class_names: {cause}"),
                "correct data.class_names, or leave it empty",
            )
        })?;
        let new: HashMap<&str, &str> = pairs.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        let renamed =
            |own: &String| new.get(own.as_str()).map_or_else(|| own.clone(), |name| (*name).to_owned());
        let classes: Vec<String> = self.own_classes.iter().map(renamed).collect();
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for (name, own) in classes.iter().zip(&self.own_classes) {
            if let Some(other) = seen.insert(name, own) {
                return Err(DataError::at(
                    path,
                    format!("the classes '{other}' and '{own}' would both be called '{name}'"),
                    "give each class a name of its own in data.class_names",
                ));
            }
        }
        let absent: Vec<String> = pairs
            .iter()
            .filter(|(old, _)| !self.own_classes.contains(old))
            .map(|(old, _)| format!("'{old}'"))
            .collect();
        if !absent.is_empty() {
            let notice =
                format!("data.class_names renames {}, which the data does not have.", absent.join(", "));
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
        self.classes = classes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for pairs in [
            vec![],
            vec![("0", "cat"), ("1", "dog")],
            vec![("a = b", "x, y"), ("say \"hi\"", " blank "), ("back\\slash", "\\")],
            vec![("负面", "差评"), ("T-shirt/top", "T-shirt")],
        ] {
            let pairs: Vec<(String, String)> =
                pairs.into_iter().map(|(old, new)| (old.to_owned(), new.to_owned())).collect();
            assert_eq!(parse(&write(&pairs)), Ok(pairs));
        }
        assert_eq!(write(&[("0".to_owned(), "cat".to_owned())]), "0 = cat");
        for (text, words) in [
            ("cat", "no = and new name"),
            ("0 = ", "empty"),
            ("\"0 = cat", "never closed"),
            ("0 = \"a\" b", "put a comma between"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
