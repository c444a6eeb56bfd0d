//! Scratch memory of the passes through a network, from its sizes alone: what a thread's free
//! list holds once micro-batches like the given ones went through it. It allocates nothing.

use super::spec::{InputSpec, ModelSpec};
use crate::config::NormPlacement;
use crate::ops::{BlockShape, Keep, Spans, size_class};
use std::collections::BTreeMap;

/// For each size of buffer, how many of them a thread comes to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scratch(BTreeMap<usize, usize>);

impl Scratch {
    /// Buffers that are in use at one time.
    fn take_in<'a>(&mut self, lengths: impl Iterator<Item = &'a usize>) {
        let mut now: BTreeMap<usize, usize> = BTreeMap::new();
        for length in lengths {
            *now.entry(size_class(*length)).or_default() += 1;
        }
        for (size, count) in now {
            let held = self.0.entry(size).or_default();
            *held = (*held).max(count);
        }
    }

    /// What a product holds beside everything else.
    fn with_products(mut self, spec: &ModelSpec) -> Self {
        for length in spec.products().scratch() {
            *self.0.entry(size_class(*length)).or_default() += 1;
        }
        self
    }

    /// A list that serves both.
    pub fn merge(&mut self, other: &Self) {
        for (size, count) in &other.0 {
            let held = self.0.entry(*size).or_default();
            *held = (*held).max(*count);
        }
    }

    /// Numbers in all buffers.
    pub fn numbers(&self) -> usize {
        self.0.iter().map(|(size, count)| size * count).sum()
    }
}

impl ModelSpec {
    fn block_shape(&self, keep: Keep) -> BlockShape {
        BlockShape { keep, ..super::network::block_shape(self) }
    }

    /// What a thread holds after training on a micro-batch of samples with these many rows.
    pub fn training_scratch(&self, spans: &Spans) -> Scratch {
        let mut scratch = self.embedding_scratch(spans);
        let n = if self.keep() == Keep::All { spans.rows() } else { spans.len() };
        let mut kept: Vec<usize> = Vec::new();
        let shape = |i: usize| self.block_shape(if i + 1 == self.depth { self.keep() } else { Keep::All });
        let (inner, last) = (shape(0).buffers(spans), shape(self.depth - 1).buffers(spans));
        for i in 0..self.depth {
            let buffers = if i + 1 == self.depth { &last } else { &inner };
            scratch.take_in(kept.iter().chain(&buffers.attending));
            kept.extend(&buffers.kept);
            scratch.take_in(kept.iter());
        }
        // The norm after the blocks, or that before them.
        match self.norm {
            NormPlacement::Pre => scratch.take_in(kept.iter().chain(&[n * self.width, 2 * n])),
            NormPlacement::Post => scratch.take_in([spans.rows() * self.width, 2 * spans.rows()].iter()),
        }
        for i in (0..self.depth).rev() {
            let buffers = if i + 1 == self.depth { &last } else { &inner };
            for time in &buffers.backward {
                scratch.take_in(kept.iter().chain(time));
            }
            kept.truncate(kept.len() - buffers.kept.len());
        }
        scratch.with_products(self)
    }

    /// The same after inference.
    pub fn inference_scratch(&self, spans: &Spans) -> Scratch {
        let mut scratch = self.embedding_scratch(spans);
        for keep in [Keep::All, self.keep()] {
            if keep == self.keep() || self.depth > 1 {
                for time in &self.block_shape(keep).buffers(spans).inference {
                    scratch.take_in(time.iter());
                }
            }
        }
        scratch.with_products(self)
    }

    fn embedding_scratch(&self, spans: &Spans) -> Scratch {
        let mut scratch = Scratch::default();
        if let InputSpec::Image { channels, height, width, patch } = self.input {
            let patches = (height / patch) * (width / patch);
            let pixels = channels * height * width * spans.len();
            scratch.take_in([pixels, patches * spans.len() * self.width].iter());
        }
        scratch
    }
}
