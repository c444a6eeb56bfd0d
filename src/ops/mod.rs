//! Differentiable functions: forward, hand-written backward, gradient cases. The [`OPS`]
//! table lists them; tests loop over the table. Nothing here knows a model or a data set.
//!
//! On the CPU an op is a candle `CustomOp` over our own kernels; on any other device, and
//! as the tests' reference, it is composed of candle's own operations (`plain`).

mod attention;
mod attention_pool;
mod block;
mod buffers;
mod cases;
mod cpu;
mod cross_entropy;
mod dropout;
mod instructions;
mod kernels;
mod layer_norm;
mod linear;
mod matmul;
mod patches;
mod pool;
pub mod profile;
mod real;
mod rotary;
mod sink;
mod sinusoidal;
mod spans;
mod stochastic_depth;
mod tanh;
mod tape;
mod tokens;
mod update;

pub use attention_pool::attention_pool;
pub use block::{BlockBuffers, BlockRun, BlockShape, ReadyBlock, block};
pub use buffers::{FreeList, size_class};
pub use cases::{GradientCase, OPS, OpEntry};
pub use cross_entropy::{Mix, cross_entropy, mixed_cross_entropy, weighted_cross_entropy};
pub use dropout::{Dropout, dropout};
pub use instructions::{INSTRUCTIONS_VARIABLE, Instructions};
pub use layer_norm::layer_norm;
pub use linear::linear;
pub use matmul::{Bf16Kernel, Matrix, Panels, Products, Start, Target, Tiles, Weight, matmul, product};
pub use patches::{ClassRow, PatchShape, embed_patches};
pub use pool::{Pool, pool};
pub use real::Real;
pub use rotary::Rotary;
pub use sink::{RowGradients, RowSink, Sink};
pub use sinusoidal::sinusoidal;
pub use spans::{Keep, Spans};
pub use stochastic_depth::StochasticDepth;
pub use tanh::tanh;
pub use tape::{Record, Tape};
pub use tokens::{Positions, TokenRecord, embed_tokens};
pub use update::{BETA1, BETA2, UpdateFactors, adamw, lion, sgd, sum_of_squares};
