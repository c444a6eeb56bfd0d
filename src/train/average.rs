//! The exponential moving average of the weights: `average += (weights - average)(1 - decay)`
//! after each update, beginning with the weights of the first, as PyTorch's `AveragedModel`
//! with `get_ema_multi_avg_fn`. It takes no part in the gradient and never changes the
//! weights that are trained.

use crate::model::{ModelError, Parameters, flat_from_tensors, flat_to_bytes};

/// An average of weights along the model's flat line.
pub(super) struct Average {
    /// One minus the decay, from the exact decimal.
    share: f32,
    weights: Vec<f32>,
}

impl Average {
    /// Of nothing yet; `None` for a decay of 0, which averages nothing.
    pub fn new(decay: f64) -> Option<Self> {
        (decay > 0.0).then(|| Self { share: (1.0 - decay) as f32, weights: Vec::new() })
    }

    /// The averaged weights; empty before the first update.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Goes on from a file of [`Average::to_bytes`].
    pub fn take_up(&mut self, parameters: &Parameters, bytes: &[u8]) -> Result<(), ModelError> {
        let (sets, _) = flat_from_tensors(parameters.fields(), bytes, &[""])?;
        self.weights = sets.concat();
        Ok(())
    }

    /// Takes in the weights as they are after an update.
    pub fn update(&mut self, parameters: &Parameters) -> Result<(), ModelError> {
        if self.weights.is_empty() {
            self.weights = parameters.to_flat()?;
            return Ok(());
        }
        for segment in 0..parameters.segments() {
            parameters.update(segment, |range, _, weights| {
                mix(&mut self.weights[range], weights, self.share);
            })?;
        }
        Ok(())
    }

    /// The averaged weights as a file of weights.
    pub fn to_bytes(&self, parameters: &Parameters) -> Result<Vec<u8>, ModelError> {
        flat_to_bytes(parameters.fields(), &[("", &self.weights)], 0)
    }
}

fn mix(average: &mut [f32], weights: &[f32], share: f32) {
    for (a, w) in average.iter_mut().zip(weights) {
        *a += (w - *a) * share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_pytorchs_averaged_model() {
        // AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(0.9)): the parameters of m were set to
        // each row in turn, then update_parameters(m).
        let rows = [[1.0, -2.0, 0.5], [2.0, 0.0, 0.25], [-1.0, 4.0, 0.125], [0.5, 0.5, 8.0]];
        let expected: [f32; 3] = [0.851, -1.0479999, 1.196];
        let share = Average::new(0.9).expect("on").share;
        let mut average = rows[0].to_vec();
        for row in &rows[1..] {
            mix(&mut average, row, share);
        }
        for (got, wanted) in average.iter().zip(expected) {
            assert!((got - wanted).abs() <= f32::EPSILON * wanted.abs(), "{got} and {wanted}");
        }
        assert!(Average::new(0.0).is_none());
    }
}
