//! What an optimizer does to each number, in place, along slices. It knows no schedule, no
//! layers and no threads.

use super::instructions::kernel;

/// AdamW's, PyTorch's defaults.
pub const BETA1: f64 = 0.9;
/// Of the squares.
pub const BETA2: f64 = 0.999;
/// Added to the root.
pub const EPSILON: f64 = 1e-8;

/// SGD's momentum, without dampening or Nesterov's correction.
pub const MOMENTUM: f64 = 0.9;

/// Lion's, the paper's: of the direction.
pub const LION1: f64 = 0.9;
/// And of what is remembered.
pub const LION2: f64 = 0.99;

/// The factors of one step, rounded once.
#[derive(Clone, Copy)]
pub struct UpdateFactors {
    /// Gradients are multiplied by it.
    pub clip: f32,
    /// What decoupled weight decay leaves of a weight.
    pub keep: f32,
    /// Learning rate, for AdamW divided by the first moment's bias correction.
    pub rate: f32,
    /// One over the root of the second moment's bias correction.
    pub root: f32,
    /// Weight decay that is added to the gradient.
    pub decay: f32,
}

kernel! {
    /// The sum of squares, in `f64`, in sixteen interleaved parts.
    pub fn sum_of_squares(x: &[f32]) -> f64 {
        let mut parts = [0f64; 16];
        let (chunks, rest) = x.as_chunks::<16>();
        for chunk in chunks {
            for i in 0..16 {
                let v = f64::from(chunk[i]);
                parts[i] += v * v;
            }
        }
        parts.iter().sum::<f64>() + rest.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>()
    }
}
kernel! {
    /// AdamW (Loshchilov and Hutter 2019, algorithm 2) in place, as `torch.optim.AdamW`.
    pub fn adamw(weights: &mut [f32], m: &mut [f32], v: &mut [f32], gradients: &[f32], f: UpdateFactors) {
        let (b1, b2, epsilon) = (BETA1 as f32, BETA2 as f32, EPSILON as f32);
        // One minus beta from the exact decimal, not from the rounded beta.
        let (c1, c2) = ((1.0 - BETA1) as f32, (1.0 - BETA2) as f32);
        for (((w, m), v), g) in weights.iter_mut().zip(m).zip(v).zip(gradients) {
            let g = g * f.clip;
            *m = b1 * *m + c1 * g;
            *v = b2 * *v + c2 * g * g;
            *w = *w * f.keep - f.rate * *m / (v.sqrt() * f.root + epsilon);
        }
    }
}
kernel! {
    /// Gradient descent with momentum in place, as `torch.optim.SGD`.
    pub fn sgd(weights: &mut [f32], momentum: &mut [f32], gradients: &[f32], f: UpdateFactors) {
        let keep = MOMENTUM as f32;
        for ((w, m), g) in weights.iter_mut().zip(momentum).zip(gradients) {
            *m = keep * *m + (g * f.clip + f.decay * *w);
            *w -= f.rate * *m;
        }
    }
}
kernel! {
    /// Lion (Chen et al. 2023, algorithm 2) in place.
    pub fn lion(weights: &mut [f32], momentum: &mut [f32], gradients: &[f32], f: UpdateFactors) {
        let (b1, b2) = (LION1 as f32, LION2 as f32);
        let (c1, c2) = ((1.0 - LION1) as f32, (1.0 - LION2) as f32);
        for ((w, m), g) in weights.iter_mut().zip(momentum).zip(gradients) {
            let g = g * f.clip;
            let direction = b1 * *m + c1 * g;
            // Of 0 the sign is 0, unlike signum's.
            let sign = f32::from(i8::from(direction > 0.0) - i8::from(direction < 0.0));
            *w = *w * f.keep - f.rate * sign;
            *m = b2 * *m + c2 * g;
        }
    }
}
