//! Mixup (Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization"): each image of a
//! batch is blended with another of the same batch, and the loss with the loss of its label.
//! One share a batch, as in the paper's own program. Texts are not blended: a token is a
//! word, and between two words there is none.

use crate::preprocess::{Input, order};
use crate::random::Key;
use rand::Rng;
use std::f64::consts::TAU;

/// How one batch is blended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mixing {
    /// Share of each image's own pixels and label, 0 to 1.
    pub share: f64,
    /// For each place in the batch the place of the image it is blended with: a permutation,
    /// so that each image is as often the other as it is itself.
    pub partners: Vec<u32>,
}

impl Mixing {
    /// For a batch of `count` images; nothing for an `alpha` of 0. `key` is the step's.
    pub fn draw(alpha: f64, key: Key, count: usize) -> Option<Self> {
        (alpha > 0.0).then(|| Self {
            share: beta(alpha, key.with(0)),
            partners: order(key.with(1).bits(), 0, &(0..count as u32).collect::<Vec<_>>()),
        })
    }
}

/// Blends the pixels of `own` with those of `other`, image by image.
pub(super) fn blend(own: &mut Input, other: &Input, share: f64) {
    let (Input::Images { pixels, .. }, Input::Images { pixels: others, .. }) = (own, other) else { return };
    let (share, rest) = (share as f32, (1.0 - share) as f32);
    for (own, other) in pixels.iter_mut().zip(others) {
        *own = share * *own + rest * other;
    }
}

/// A draw from Beta(alpha, alpha): X / (X + Y) of two draws from Gamma(alpha), taken as
/// logarithms because for a small alpha most of them are too small for a number.
fn beta(alpha: f64, key: Key) -> f64 {
    let (x, y) = (log_gamma_draw(alpha, key.with(0)), log_gamma_draw(alpha, key.with(1)));
    1.0 / (1.0 + (y - x).exp())
}

/// The logarithm of a draw from Gamma(shape): Marsaglia and Tsang 2000, "A simple method for
/// generating gamma variables", for shape + 1, brought down by a power of a uniform draw.
fn log_gamma_draw(shape: f64, key: Key) -> f64 {
    let mut rng = key.rng();
    // From (0, 1], so that its logarithm is finite.
    let mut uniform = move || 1.0 - rng.random::<f64>();
    let d = shape + 1.0 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        // Box and Muller 1958.
        let normal = (-2.0 * uniform().ln()).sqrt() * (TAU * uniform()).cos();
        let v = (1.0 + c * normal).powi(3);
        if v > 0.0 && uniform().ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
            return (d * v).ln() + uniform().ln() / shape;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn shares_are_distributed_as_beta() {
        // Mean 1/2, variance 1 / (4 (2 alpha + 1)); and the median of |share - 1/2| from
        // scipy.stats.beta(alpha, alpha).ppf(0.75) - 0.5.
        for (alpha, quartile) in [(0.2, 0.476_2), (1.0, 0.25), (4.0, 0.121_2)] {
            let shares: Vec<f64> =
                (0..20_000).map(|step| beta(alpha, Key::new(1, Purpose::Test).with(step))).collect();
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
            let n = shares.len() as f64;
            let mean = shares.iter().sum::<f64>() / n;
            let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            // Five standard errors of the mean.
            assert!((mean - 0.5).abs() < 5.0 * (expected / n).sqrt(), "{alpha}: mean {mean}");
            assert!((variance / expected - 1.0).abs() < 0.05, "{alpha}: variance {variance}");
            let mut off: Vec<f64> = shares.iter().map(|s| (s - 0.5).abs()).collect();
            off.sort_by(f64::total_cmp);
            let median = off[off.len() / 2];
            assert!((median - quartile).abs() < 0.01, "{alpha}: {median} and {quartile}");
        }
    }

    #[test]
    fn images_are_blended_as_pytorch_does() {
        // x = torch.tensor([[0.1, -1.5, 2.25], [3.0, 0.7, -0.3]]); 0.3 * x + (1 - 0.3) * x[[1, 0]].
        let images =
            |pixels: [f32; 6]| Input::Images { pixels: pixels.to_vec(), channels: 3, height: 1, width: 1 };
        let mut own = images([0.1, -1.5, 2.25, 3.0, 0.7, -0.3]);
        blend(&mut own, &images([3.0, 0.7, -0.3, 0.1, -1.5, 2.25]), 0.3);
        let expected = [2.13, 0.04, 0.465, 0.97, -0.84, 1.485];
        let Input::Images { pixels, .. } = own else { panic!("images") };
        assert!(pixels.iter().zip(expected).all(|(p, e): (_, f32)| (p - e).abs() < 3e-7), "{pixels:?}");
    }

    #[test]
    fn draws_depend_on_the_key_alone_and_partners_are_a_permutation() {
        let key = Key::new(3, Purpose::Mixup).with(7);
        let mixing = Mixing::draw(0.2, key, 9).expect("on");
        assert_eq!(Some(&mixing), Mixing::draw(0.2, key, 9).as_ref());
        assert_ne!(Some(&mixing), Mixing::draw(0.2, key.with(1), 9).as_ref());
        let mut partners = mixing.partners.clone();
        partners.sort_unstable();
        assert_eq!(partners, (0..9).collect::<Vec<_>>());
        assert_eq!(Mixing::draw(0.0, key, 9), None);
        for alpha in [1e-9, 1e-3, 10.0] {
            assert!((0.0..=1.0).contains(&beta(alpha, key)), "{alpha}");
        }
    }
}
