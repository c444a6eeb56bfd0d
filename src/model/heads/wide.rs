//! Tanh over twice the model's width before the last layer.

use super::{HeadLayer, HeadRow, classes};
use crate::config::HeadKind;
use crate::model::outline::Part;
use crate::ops::tanh;

/// The table's row.
pub const ROW: HeadRow = HeadRow {
    kind: HeadKind::Wide,
    layers: |spec| {
        let (inputs, outputs) = (spec.width, 2 * spec.width);
        let hidden =
            HeadLayer { prefix: "hidden.", outputs, inputs, activation: Some(tanh), part: Part::Pooler };
        vec![hidden, HeadLayer { inputs: outputs, ..classes(spec) }]
    },
};
