//! Classification heads: from one vector per sample to one number per class. One file and one
//! line of HEADS each. A head is a chain of linear layers with functions between; it reads
//! nothing but the vector.

mod linear;
mod tanh;

use super::outline::Part;
use super::spec::ModelSpec;
use crate::config::HeadKind;
use crate::ops::Tape;
use candle_core::{Result, Tensor};

/// A row of the table.
pub struct HeadRow {
    /// The setting's choice.
    pub kind: HeadKind,
    /// Its layers, in order, for a model of these sizes; the last gives one number per class.
    pub(super) layers: fn(&ModelSpec) -> Vec<HeadLayer>,
}

/// A function of rows that can record itself.
pub(super) type Activation = fn(&Tensor, Option<&Tape>) -> Result<Tensor>;

/// A linear layer of a head, and what follows it.
pub(super) struct HeadLayer {
    /// What its parameters' names begin with, the dot included.
    pub prefix: &'static str,
    /// Numbers that come out, and that go in.
    pub outputs: usize,
    pub inputs: usize,
    /// Applied to what comes out.
    pub activation: Option<Activation>,
    /// What it is, for a person.
    pub part: Part,
}

/// All heads, in the order in which they are shown.
pub static HEADS: &[HeadRow] = &[linear::ROW, tanh::ROW];

/// The layers of a model's head. Every choice has its row, which a test holds.
pub(super) fn layers(spec: &ModelSpec) -> Vec<HeadLayer> {
    let row = HEADS.iter().find(|row| row.kind == spec.head).unwrap_or(&linear::ROW);
    (row.layers)(spec)
}

/// The layer that gives one number per class.
fn classes(spec: &ModelSpec) -> HeadLayer {
    HeadLayer {
        prefix: "head.",
        outputs: spec.classes,
        inputs: spec.width,
        activation: None,
        part: Part::Head,
    }
}
