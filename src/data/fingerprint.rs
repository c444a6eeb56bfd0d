//! The fingerprint of a data set: what must be the same for two sets to count as one.
//! It leaves out names, paths and the validation split that is drawn later.

use super::{Examples, Split, Target};

/// BLAKE3 of examples, class names, targets and declared splits, in hexadecimal.
pub fn fingerprint(examples: &Examples, classes: &[String], targets: &[Target], splits: &[Split]) -> String {
    let mut hasher = blake3::Hasher::new();
    let number = |hasher: &mut blake3::Hasher, value: usize| {
        hasher.update(&(value as u64).to_le_bytes());
    };
    match examples {
        Examples::Images(images) => {
            hasher.update(b"images");
            for extent in [images.len(), images.height, images.width, images.channels] {
                number(&mut hasher, extent);
            }
            if let Some(pixels) = images.in_memory() {
                hasher.update(pixels);
            } else if let Some(file) = images.file() {
                // Large sets are hashed picture by picture as they are decoded.
                hasher.update(b"digest").update(&file.digest);
            }
        }
        Examples::Texts(texts) => {
            hasher.update(b"texts");
            number(&mut hasher, texts.len());
            for index in 0..texts.len() {
                let text = texts.get(index);
                number(&mut hasher, text.len());
                hasher.update(text.as_bytes());
            }
        }
    }
    number(&mut hasher, classes.len());
    for class in classes {
        number(&mut hasher, class.len());
        hasher.update(class.as_bytes());
    }
    let mut labels = Vec::with_capacity(targets.len() * 5);
    for (target, split) in targets.iter().zip(splits) {
        labels.extend_from_slice(&target.class().unwrap_or(u32::MAX).to_le_bytes());
        labels.push(*split as u8);
    }
    hasher.update(&labels);
    hasher.finalize().to_hex().to_string()
}
