//! One linear layer, as ViT's and GPT-2's.

use super::{HeadRow, classes};
use crate::config::HeadKind;

/// The table's row.
pub const ROW: HeadRow = HeadRow { kind: HeadKind::Linear, layers: |spec| vec![classes(spec)] };
