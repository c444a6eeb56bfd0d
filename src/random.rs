//! Randomness as a function, not a state: every draw comes from a key made of the
//! seed, a purpose and counters such as epoch and sample. Nothing needs saving to
//! repeat a run, and the order in which draws are made does not matter.
//! It keeps no generator alive between calls.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a draw is for; two purposes never share numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// First weights of the model.
    Initialise = 1,
    /// Which examples are held out for validation.
    Split = 2,
    /// The order of the examples in an epoch.
    Shuffle = 3,
    /// Changes to training images.
    Augment = 4,
    /// Activations set to zero.
    Dropout = 5,
    /// Anything in tests and benchmarks.
    Test = 6,
    /// Which sample a person is shown when any will do.
    Pick = 7,
    /// Which examples are blended, and how much of each.
    Mixup = 20,
    /// In which order a class's examples come when all classes come equally often.
    Balance = 21,
}

/// Where a draw stands: seed, purpose and any number of counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key for a seed and a purpose.
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Self(mix(seed ^ 0x9e37_79b9_7f4a_7c15)).with(purpose as u64)
    }

    /// A key further down: with one more counter (epoch, step, sample, layer, ...).
    #[must_use]
    pub fn with(self, counter: u64) -> Self {
        Self(mix(self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(mix(counter.wrapping_add(1)))))
    }

    /// 64 well-mixed bits that depend only on the key.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// A generator that starts from this key.
    pub fn rng(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
