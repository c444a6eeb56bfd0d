//! The data sets that are compiled in, each with its card.

use super::formats::csv;
use super::picture::decode_picture;
use super::{DataError, Dataset, Examples, Images, OpenOptions, Progress, Reading, Split, Target};
use std::path::Path;

/// A built-in set: `builtin:NAME`.
pub struct Builtin {
    /// Name after `builtin:`.
    pub name: &'static str,
    /// Shown to a person.
    pub title: &'static str,
    /// One line: what it is.
    pub about: &'static str,
    /// The card (Markdown): source, licence, how it was made.
    pub card: &'static str,
    /// Makes it, given its source (`builtin:NAME`).
    pub open: fn(&str, Progress<'_>) -> Result<Dataset, DataError>,
}

/// All built-in sets.
pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "fashion",
        title: "Fashion",
        about: "12 000 grey pictures of clothes, 28 x 28 pixels, 10 classes (from Fashion-MNIST)",
        card: include_str!("../../assets/datasets/fashion/CARD.md"),
        open: fashion,
    },
    Builtin {
        name: "helpdesk",
        title: "Helpdesk",
        about: "1 680 short messages to a customer service, English and Chinese, 8 intents",
        card: include_str!("../../assets/datasets/helpdesk/CARD.md"),
        open: helpdesk,
    },
];

/// Class names of Fashion-MNIST, in the order of its labels.
pub const FASHION_CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Opens `builtin:NAME`.
///
/// # Errors
/// A [`DataError`] listing the built-in sets if there is none of this name.
pub fn open_builtin(source: &str, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let name = source.strip_prefix("builtin:").unwrap_or(source);
    let Some(builtin) = BUILTINS.iter().find(|b| b.name == name) else {
        let known: Vec<String> = BUILTINS.iter().map(|b| format!("builtin:{}", b.name)).collect();
        return Err(DataError::at(
            Path::new(source),
            format!("there is no built-in data set '{name}'"),
            format!("choose {} or give a path", known.join(" or ")),
        ));
    };
    (builtin.open)(source, progress)
}

const FASHION_TRAIN: usize = 10_000;

fn fashion(source: &str, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let labels = include_bytes!("../../assets/datasets/fashion/labels.bin");
    let total = labels.len() as u64;
    let tell =
        |done| if progress("Reading images", done, total) { Ok(()) } else { Err(DataError::Cancelled) };
    tell(0)?;
    // One strip, 28 pixels across: image below image, which is how `Images` keeps them.
    let strip = decode_picture(
        Path::new(source),
        include_bytes!("../../assets/datasets/fashion/images.png"),
        u32::MAX,
    )?;
    let images = Images::new(28, 28, 1, strip.pixels);
    tell(total)?;
    let splits = (0..labels.len()).map(|i| if i < FASHION_TRAIN { Split::Train } else { Split::Validation });
    Ok(Dataset::new(
        "Fashion".to_owned(),
        source.to_owned(),
        "builtin",
        Examples::Images(images),
        FASHION_CLASSES.map(str::to_owned).to_vec(),
        labels.iter().map(|label| Target::Class(u32::from(*label))).collect(),
        splits.collect(),
    ))
}

fn helpdesk(source: &str, progress: Progress<'_>) -> Result<Dataset, DataError> {
    let bytes = include_bytes!("../../assets/datasets/helpdesk/helpdesk.csv");
    let mut data = csv::read_bytes(Path::new(source), bytes, &OpenOptions::default(), progress)?;
    data.name = "Helpdesk".to_owned();
    data.format = "builtin";
    data.notices.clear();
    data.reading = Reading::default();
    Ok(data)
}
