//! A block's weights made ready for its products, once for all micro-batches of a step. It
//! knows the weights as they were; whoever changes them makes them ready again.

use super::super::matmul::{Matrix, Panels, Tiles};
use super::{BlockShape, Fields};

/// The four weights of a block, in panels.
pub struct ReadyBlock {
    pub(super) qkv: Panels,
    pub(super) out: Panels,
    pub(super) up: Panels,
    pub(super) down: Panels,
}

impl BlockShape {
    /// Numbers that the block's weights take in panels, where there is a kernel for them.
    pub fn ready_numbers(&self) -> usize {
        let (w, m) = (self.width, self.mlp);
        Tiles::best().map_or(0, |tiles| {
            tiles.panels(w, 3 * w) + tiles.panels(w, w) + tiles.panels(w, m) + tiles.panels(m, w)
        })
    }
}

impl ReadyBlock {
    /// Of packed parameters; `None` where the machine has no kernel for panels.
    ///
    /// # Panics
    /// If there are not as many numbers as the shape has parameters.
    pub fn new(shape: &BlockShape, parameters: &[f32]) -> Option<Self> {
        let tiles = Tiles::best()?;
        let mut rest = parameters;
        let p = Fields::split(shape, |len| {
            let (field, tail) = rest.split_at(len);
            rest = tail;
            field
        });
        let (w, m) = (shape.width, shape.mlp);
        let ready = |weight, out, inner| Panels::new(Matrix::new(weight, out, inner).t(), tiles);
        Some(Self {
            qkv: ready(p.qkv, 3 * w, w),
            out: ready(p.out, w, w),
            up: ready(p.up, m, w),
            down: ready(p.down, w, m),
        })
    }
}
