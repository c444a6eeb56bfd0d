//! What lies where in a folder of pictures: one sub-folder per class, perhaps below folders
//! for training, validation and test. It decodes nothing, and refuses layouts in which the
//! class of a picture is not sure.

use crate::data::formats::classes;
use crate::data::formats::parts::{PARTS, split_named};
use crate::data::{DataError, OpenOptions, Progress, Split, is_picture};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// A picture file, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Index of its class.
    pub class: u32,
    /// What its folder says it is for.
    pub split: Split,
}

/// All pictures of a folder, by split, class and path.
pub struct Listing {
    /// The pictures.
    pub pictures: Vec<Found>,
    /// Class names, in order.
    pub classes: Vec<String>,
    /// What was passed over, in sentences.
    pub notices: Vec<String>,
}

/// Whether there are pictures in the folder, or in a folder at most two levels below.
pub fn holds_pictures(folder: &Path, levels: usize) -> bool {
    let Ok(contents) = Contents::of(folder) else { return false };
    !contents.pictures.is_empty()
        || (levels > 0 && contents.folders.iter().any(|inner| holds_pictures(inner, levels - 1)))
}

/// What lies directly in a folder, by name.
#[derive(Default)]
struct Contents {
    folders: Vec<PathBuf>,
    pictures: Vec<PathBuf>,
    /// Hidden, or without the ending of a picture.
    others: Vec<PathBuf>,
}

impl Contents {
    fn of(folder: &Path) -> Result<Self, DataError> {
        let unlisted = |error: std::io::Error| {
            DataError::at(folder, format!("cannot be listed ({error})"), "check the permissions")
        };
        let mut contents = Self::default();
        for entry in std::fs::read_dir(folder).map_err(unlisted)? {
            let entry = entry.map_err(unlisted)?;
            let path = entry.path();
            // The listing knows what an entry is, unless it is a link.
            let is_folder = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => kind.is_dir(),
                _ => path.is_dir(),
            };
            let name = name(&path);
            let list = if name.starts_with('.') || name == "__MACOSX" {
                &mut contents.others
            } else if is_folder {
                &mut contents.folders
            } else if is_picture(&path) {
                &mut contents.pictures
            } else {
                &mut contents.others
            };
            list.push(path);
        }
        contents.folders.sort();
        contents.pictures.sort();
        contents.others.sort();
        Ok(contents)
    }
}

/// The last part of a path in words.
fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The first names of a list, and how many more there are.
pub fn first_names(paths: &[PathBuf], root: &Path) -> String {
    let shown: Vec<String> =
        paths.iter().take(3).map(|p| p.strip_prefix(root).unwrap_or(p).display().to_string()).collect();
    let more = paths.len().saturating_sub(shown.len());
    shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// "1 picture lies", "3 pictures lie".
fn pictures_lie(count: usize) -> String {
    if count == 1 { "1 picture lies".to_owned() } else { format!("{count} pictures lie") }
}

/// Lists the pictures of a folder.
///
/// # Errors
/// Pictures outside class folders, an empty class folder, one class only, classes that only
/// test or validation pictures have, mixed layouts, cancelled.
pub fn scan(root: &Path, options: &OpenOptions, progress: Progress<'_>) -> Result<Listing, DataError> {
    let mut scan = Scan { root, progress, passed: Vec::new(), nested: Vec::new(), found: 0 };
    let mut notices = Vec::new();
    let parts = scan.parts(&mut notices)?;
    let training = parts.iter().any(|(split, _)| *split == Split::Train);
    // Class name to its pictures, for each part in the order of the splits.
    let mut pictures: BTreeMap<(u8, String), (Split, PathBuf, Vec<PathBuf>)> = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (split, folders) in parts {
        for folder in folders {
            let files = scan.below(&folder)?;
            if files.is_empty() {
                if split == Split::Train && !options.unlabelled {
                    return Err(DataError::at(
                        &folder,
                        "the class folder holds no pictures",
                        "put pictures of the class into it (PNG, JPEG, BMP, GIF or WebP), or remove it",
                    ));
                }
                continue;
            }
            let class = name(&folder);
            if training && split != Split::Train && !options.unlabelled && !known.contains(&class) {
                return Err(DataError::at(
                    &folder,
                    format!(
                        "there are {} pictures of the class '{class}', but none of them for training",
                        split.name()
                    ),
                    "put pictures of the class into a folder of the same name for training, or remove this one",
                ));
            }
            known.insert(class.clone());
            let entry = pictures.entry((split as u8, class)).or_insert((split, folder, Vec::new()));
            entry.2.extend(files);
        }
    }
    let mut classes: Vec<String> = known.into_iter().collect();
    if let ([only], false) = (&classes[..], options.unlabelled) {
        let folder = pictures.values().next().map_or(root, |(_, folder, _)| folder);
        let inner = Contents::of(folder)?.folders.len();
        return Err(DataError::at(
            root,
            format!("there is one class folder only, '{only}', so there is nothing to tell apart"),
            match inner {
                0 => "add a folder with the pictures of another class beside it".to_owned(),
                _ => format!("open {}, if the folders in it are the classes", folder.display()),
            },
        ));
    }
    classes::sort(&mut classes);
    let index: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0u32..).collect();
    let mut found: Vec<Found> = Vec::new();
    for ((_, class), (split, _, paths)) in pictures {
        let class = index.get(class.as_str()).copied().unwrap_or_default();
        found.extend(paths.into_iter().map(|path| Found { path, class, split }));
    }
    found.sort_by(|a, b| (a.split as u8, a.class, &a.path).cmp(&(b.split as u8, b.class, &b.path)));
    if !scan.nested.is_empty() {
        notices.push(format!(
            "Pictures in folders inside a class folder count as that class: {}.",
            first_names(&scan.nested, root)
        ));
    }
    if !scan.passed.is_empty() {
        scan.passed.sort();
        notices.push(format!(
            "Passed over as hidden or without the ending of a picture: {}.",
            first_names(&scan.passed, root)
        ));
    }
    Ok(Listing { pictures: found, classes, notices })
}

struct Scan<'a> {
    root: &'a Path,
    progress: Progress<'a>,
    passed: Vec<PathBuf>,
    /// Folders with pictures inside class folders.
    nested: Vec<PathBuf>,
    found: u64,
}

impl Scan<'_> {
    /// The class folders of each split.
    fn parts(&mut self, notices: &mut Vec<String>) -> Result<Vec<(Split, Vec<PathBuf>)>, DataError> {
        let top = Contents::of(self.root)?;
        self.passed.extend(top.others);
        let (named, others): (Vec<PathBuf>, Vec<PathBuf>) =
            top.folders.into_iter().partition(|folder| split_named(&name(folder)).is_some());
        let inside = named.iter().map(|folder| Contents::of(folder)).collect::<Result<Vec<_>, _>>()?;
        let divided = inside.iter().any(|contents| !contents.folders.is_empty());
        let other_classes: Vec<PathBuf> =
            others.iter().filter(|folder| holds_pictures(folder, 2)).cloned().collect();
        if !top.pictures.is_empty() {
            return Err(self.loose(self.root, &top.pictures, named.len() + other_classes.len()));
        }
        if !divided {
            // A class may be called `test`, but not all of them.
            let named_only = other_classes.is_empty();
            if let Some((folder, contents)) =
                named.iter().zip(&inside).find(|(_, c)| named_only && !c.pictures.is_empty())
            {
                return Err(self.loose(folder, &contents.pictures, 0));
            }
            let mut folders = others;
            folders.extend(named);
            return Ok(vec![(Split::Train, folders)]);
        }
        if !other_classes.is_empty() {
            return Err(DataError::at(
                self.root,
                format!(
                    "the folder is mixed: {} divide it into parts, but beside them lie the pictures of {}",
                    first_names(&named, self.root),
                    first_names(&other_classes, self.root)
                ),
                "move the class folders into the folders for training, validation or test, or rename these",
            ));
        }
        self.passed.extend(others);
        let mut parts = Vec::new();
        for (split, _) in PARTS {
            for (folder, contents) in named.iter().zip(&inside) {
                if split_named(&name(folder)) != Some(*split) {
                    continue;
                }
                self.passed.extend(contents.others.iter().cloned());
                let left_out = contents.folders.is_empty() && *split != Split::Train;
                match contents.pictures.len() {
                    0 => parts.push((*split, contents.folders.clone())),
                    count if left_out => notices.push(format!(
                        "{} directly in {} and not in class folders, and {} left out.",
                        pictures_lie(count),
                        name(folder),
                        if count == 1 { "is" } else { "are" }
                    )),
                    _ => return Err(self.loose(folder, &contents.pictures, contents.folders.len())),
                }
            }
        }
        Ok(parts)
    }

    /// Pictures of which nobody says the class.
    fn loose(&self, folder: &Path, pictures: &[PathBuf], folders: usize) -> DataError {
        let (lie, names) = (pictures_lie(pictures.len()), first_names(pictures, folder));
        match folders {
            0 => DataError::at(
                folder,
                format!(
                    "{lie} directly in the folder ({names}), which has no sub-folders to name the classes"
                ),
                "make a sub-folder for each class and move its pictures there",
            ),
            _ => DataError::at(
                folder,
                format!("the folder is mixed: {lie} directly in it ({names}), beside folders of pictures"),
                "move each picture into the folder of its class, or out of this folder",
            ),
        }
    }

    /// All pictures in and below a class folder, by path. Links to folders are passed over,
    /// as they may lead round in a circle.
    fn below(&mut self, class: &Path) -> Result<Vec<PathBuf>, DataError> {
        let mut files = Vec::new();
        let mut open = vec![class.to_owned()];
        while let Some(folder) = open.pop() {
            let contents = Contents::of(&folder)?;
            self.passed.extend(contents.others);
            if folder != class && !contents.pictures.is_empty() {
                self.nested.push(folder);
            }
            let (links, folders): (Vec<_>, Vec<_>) =
                contents.folders.into_iter().partition(|f| f.is_symlink());
            self.passed.extend(links);
            open.extend(folders.into_iter().rev());
            self.found += contents.pictures.len() as u64;
            files.extend(contents.pictures);
            if !(self.progress)("Listing pictures", self.found, self.found) {
                return Err(DataError::Cancelled);
            }
        }
        Ok(files)
    }
}
