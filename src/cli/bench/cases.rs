//! The reference models and the data made up for them: one line in CASES each. The data has
//! something to learn, so that a falling loss shows that the measured steps are real ones.

use crate::config::{ConfigError, RunConfig};
use crate::data::{Dataset, Examples, Images, Split, Target, Texts};
use crate::preprocess::SPECIAL_TOKENS;
use crate::random::{Key, Purpose};
use rand::Rng;
use std::sync::Arc;

/// Batches in the data of a case.
const BATCHES: usize = 8;

/// A reference model.
pub struct Case {
    pub name: &'static str,
    /// Examples per step.
    pub batch: usize,
    classes: u32,
    input: Input,
    settings: &'static [&'static str],
}

enum Input {
    /// Width and height, and channels.
    Images(usize, usize),
    /// Distinct tokens, and tokens per text.
    Texts(u32, usize),
}

/// All reference models.
pub static CASES: &[Case] = &[
    Case {
        name: "vit28",
        batch: 128,
        classes: 10,
        input: Input::Images(28, 1),
        settings: &[
            "model.patch=4",
            "model.width=128",
            "model.depth=6",
            "model.heads=4",
            "model.mlp_ratio=4",
        ],
    },
    Case {
        name: "vit28s",
        batch: 64,
        classes: 10,
        input: Input::Images(28, 1),
        settings: &["model.patch=4", "model.width=64", "model.depth=4", "model.heads=4", "model.mlp_ratio=2"],
    },
    Case {
        name: "vit224",
        batch: 16,
        classes: 10,
        input: Input::Images(224, 3),
        settings: &[
            "model.patch=16",
            "model.width=192",
            "model.depth=12",
            "model.heads=3",
            "model.mlp_ratio=4",
        ],
    },
    Case {
        name: "text128",
        batch: 64,
        classes: 4,
        input: Input::Texts(8192, 128),
        settings: &[
            "text.tokenizer=character",
            "text.vocabulary=8192",
            "text.length=128",
            "model.width=128",
            "model.depth=4",
            "model.heads=4",
            "model.mlp_ratio=4",
            "model.pooling=mean",
        ],
    },
];

/// What all cases share: each step is forward, backward, clipping to norm 1 and AdamW.
const COMMON: &[&str] = &[
    "data.validation_fraction=0",
    "train.epochs=100000",
    "train.optimizer=adamw",
    "train.learning_rate=0.001",
    "train.warmup_fraction=0",
    "train.schedule=constant",
    "train.weight_decay=0.01",
    "train.clip_norm=1",
    "train.label_smoothing=0",
];

impl Case {
    /// Settings of the run that is measured, with changes.
    ///
    /// # Errors
    /// If a change names no setting or a value that it cannot have.
    pub fn config(&self, threads: u64, changes: &[String]) -> Result<RunConfig, ConfigError> {
        let mut config = RunConfig::default();
        let batch = format!("train.batch_size={}", self.batch);
        let threads = format!("train.threads={threads}");
        let own = COMMON.iter().chain(self.settings).copied().chain([batch.as_str(), threads.as_str()]);
        for assignment in own.chain(changes.iter().map(String::as_str)) {
            config.apply(assignment)?;
        }
        Ok(config)
    }

    /// Made-up examples, the same in every run.
    pub fn data(&self) -> Dataset {
        let count = self.batch * BATCHES;
        let class = |i: usize| (i as u32 * 7) % self.classes;
        let mut rng = Key::new(0, Purpose::Test).rng();
        let examples = match self.input {
            Input::Images(side, channels) => {
                let mut pixels = vec![0u8; count * side * side * channels];
                for (i, image) in pixels.chunks_exact_mut(side * side * channels).enumerate() {
                    rng.fill(image);
                    // One brighter band tells the class.
                    let band = side / self.classes as usize * side * channels;
                    let start = class(i) as usize * band;
                    image[start..start + band].iter_mut().for_each(|p| *p = *p / 2 + 128);
                }
                Examples::Images(Images::new(side, side, channels, pixels))
            }
            Input::Texts(vocabulary, length) => {
                let letters = vocabulary - SPECIAL;
                let mut texts = Texts::default();
                let mut next = 0;
                for i in 0..count {
                    let text: String = (0..length)
                        .map(|place| {
                            // Every second letter is any, in turn so that all occur; the others tell the class.
                            let letter = if place % 2 == 0 {
                                next += 1;
                                next % letters
                            } else {
                                rng.random_range(0..letters / self.classes) * self.classes + class(i)
                            };
                            char::from_u32(FIRST_LETTER + letter).unwrap_or('?')
                        })
                        .collect();
                    texts.push(&text);
                }
                Examples::Texts(Arc::new(texts))
            }
        };
        let targets = (0..count).map(|i| Target::Class(class(i))).collect();
        let classes = (0..self.classes).map(|c| format!("class {c}")).collect();
        let (name, splits) = (self.name.to_owned(), vec![Split::Train; count]);
        Dataset::new(name.clone(), name, "made up", examples, classes, targets, splits)
    }
}

/// The first of the Chinese characters of which texts are made: one token each, and more of
/// them than any case needs.
const FIRST_LETTER: u32 = 0x4e00;

/// Tokens of the vocabulary that are not letters.
const SPECIAL: u32 = SPECIAL_TOKENS.len() as u32;
