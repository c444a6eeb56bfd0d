//! Random changes to training images: the AUGMENTATIONS table, one file and one line per
//! change. Each draws from a key made of the sample, so that neither the order nor the
//! number of threads matters, and from a stream of its own, so that turning one on or off
//! leaves the others alone. It knows nothing of normalisation.

mod colour;
mod crop;
mod erase;
mod flip;
mod rotation;
mod shift;
mod warp;

pub use warp::Affine;

use crate::config::Augment;
use crate::random::{Key, Purpose};
use rand_chacha::ChaCha8Rng;

/// Size and channels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
}

/// An image that is being changed.
pub struct Canvas<'a> {
    /// `[row, column, channel]`.
    pub pixels: &'a mut [u8],
    /// Its size.
    pub shape: Shape,
    /// The mean colour of the training images.
    pub mean: [u8; 3],
}

/// One kind of change.
pub struct AugmentationRow {
    /// Its setting.
    pub key: &'static str,
    /// Whether the settings ask for it.
    pub is_on: fn(&Augment) -> bool,
    /// Names its draws.
    stream: Stream,
    /// What it does.
    effect: Effect,
}

/// Where a change draws from.
enum Stream {
    /// The sample's own key, which moving and mirroring share.
    Sample,
    /// The sample's key with this number.
    Own(u64),
}

enum Effect {
    /// Where pixels lie. All of these together are one map, and pixels are sampled once.
    Place(fn(&Augment, &mut ChaCha8Rng, Shape) -> Affine),
    /// Which values they have; done afterwards, in the order of the table.
    Value(fn(&Augment, &mut ChaCha8Rng, &mut Canvas<'_>)),
}

/// All changes, in the order in which they happen to an image.
pub static AUGMENTATIONS: &[AugmentationRow] = &[
    AugmentationRow {
        key: "augment.crop",
        is_on: |settings| settings.crop < 1.0,
        stream: Stream::Own(1),
        effect: Effect::Place(crop::draw),
    },
    AugmentationRow {
        key: "augment.rotation",
        is_on: |settings| settings.rotation > 0.0,
        stream: Stream::Own(2),
        effect: Effect::Place(rotation::draw),
    },
    AugmentationRow {
        key: "augment.flip",
        is_on: |settings| settings.flip,
        stream: Stream::Sample,
        effect: Effect::Place(flip::draw),
    },
    AugmentationRow {
        key: "augment.shift",
        is_on: |settings| settings.shift > 0,
        stream: Stream::Sample,
        effect: Effect::Place(shift::draw),
    },
    AugmentationRow {
        key: "augment.colour",
        is_on: |settings| settings.colour > 0.0,
        stream: Stream::Own(3),
        effect: Effect::Value(colour::change),
    },
    AugmentationRow {
        key: "augment.erase",
        is_on: |settings| settings.erase > 0.0,
        stream: Stream::Own(4),
        effect: Effect::Value(erase::change),
    },
];

/// What may happen to the training images of an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    /// How strong each change is.
    pub settings: Augment,
    /// Where the draws come from: made of the seed, `Purpose::Augment` and the epoch. The
    /// sample is added here.
    pub key: Key,
}

impl Augmentation {
    /// What the settings ask for; `None` if nothing may happen. `key` as in the field.
    pub fn of(settings: &Augment, key: Key) -> Option<Self> {
        let on = AUGMENTATIONS.iter().any(|row| (row.is_on)(settings));
        on.then(|| Self { settings: settings.clone(), key })
    }

    /// The key of an epoch in which each sample comes once.
    pub fn key_of(seed: u64, epoch: u64) -> Key {
        Key::new(seed, Purpose::Augment).with(epoch)
    }

    /// Writes the changed image of a sample to `out`, which is as long. `image` is
    /// `[row, column, channel]`; `mean` is the mean colour of the training images.
    pub fn apply(&self, sample: u32, image: &[u8], shape: Shape, mean: [u8; 3], out: &mut [u8]) {
        let key = self.key.with(u64::from(sample));
        let rng = |stream: &Stream| match stream {
            Stream::Sample => key.rng(),
            Stream::Own(number) => key.with(*number).rng(),
        };
        let on = || AUGMENTATIONS.iter().filter(|row| (row.is_on)(&self.settings));
        // From a place in the result back to one in the image: the last change first.
        let back = on().rev().fold(Affine::STILL, |back, row| match row.effect {
            Effect::Place(draw) => draw(&self.settings, &mut rng(&row.stream), shape).after(&back),
            Effect::Value(_) => back,
        });
        back.sample(image, shape, out);
        for row in on() {
            if let Effect::Value(change) = row.effect {
                let mut canvas = Canvas { pixels: out, shape, mean };
                change(&self.settings, &mut rng(&row.stream), &mut canvas);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;

    /// One change turned on, or all of them.
    fn settings(only: Option<&str>) -> Augment {
        let on = ["shift=3", "flip=true", "crop=0.3", "rotation=20", "erase=0.9", "colour=0.5"];
        let mut config = RunConfig::default();
        for setting in on.map(|setting| format!("augment.{setting}")) {
            if only.is_none_or(|only| setting.starts_with(only)) {
                config.apply(&setting).expect("fits");
            }
        }
        config.augment
    }

    #[test]
    fn no_change_depends_on_whether_others_are_on() {
        let shape = Shape { width: 12, height: 8, channels: 3 };
        let image: Vec<u8> = (0..288).map(|v| (v * 13 % 256) as u8).collect();
        let all = settings(None);
        for row in AUGMENTATIONS {
            let alone = settings(Some(row.key));
            assert_eq!(AUGMENTATIONS.iter().filter(|other| (other.is_on)(&alone)).count(), 1, "{}", row.key);
            for counter in 0..50 {
                let key = Key::new(2, Purpose::Test).with(counter);
                let rng = || match row.stream {
                    Stream::Sample => key.rng(),
                    Stream::Own(number) => key.with(number).rng(),
                };
                match row.effect {
                    // Mirroring comes after the draws of moving, which may be off.
                    Effect::Place(draw) => {
                        let with = draw(&all, &mut rng(), shape);
                        assert_eq!(draw(&alone, &mut rng(), shape), with, "{}", row.key);
                    }
                    Effect::Value(change) => {
                        let changed = |settings: &Augment| {
                            let mut pixels = image.clone();
                            let mut canvas = Canvas { pixels: &mut pixels, shape, mean: [1, 2, 3] };
                            change(settings, &mut rng(), &mut canvas);
                            pixels
                        };
                        assert_eq!(changed(&alone), changed(&all), "{}", row.key);
                    }
                }
            }
        }
    }

    #[test]
    fn streams_of_their_own_have_different_numbers() {
        let own: Vec<u64> = AUGMENTATIONS
            .iter()
            .filter_map(|row| if let Stream::Own(number) = row.stream { Some(number) } else { None })
            .collect();
        assert!(own.iter().enumerate().all(|(at, number)| !own[..at].contains(number)), "{own:?}");
    }
}
