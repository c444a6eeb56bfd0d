//! A linear layer of the model's width with tanh before the last one: BERT's pooler (Devlin et
//! al. 2019).

use super::{HeadLayer, HeadRow, classes};
use crate::config::HeadKind;
use crate::model::outline::Part;
use crate::ops::tanh;

/// The table's row.
pub const ROW: HeadRow = HeadRow {
    kind: HeadKind::Tanh,
    layers: |spec| {
        let (prefix, size) = ("pooler.", spec.width);
        let pooler =
            HeadLayer { prefix, outputs: size, inputs: size, activation: Some(tanh), part: Part::Pooler };
        vec![pooler, classes(spec)]
    },
};
