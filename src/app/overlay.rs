//! An earlier run drawn in the charts beside the shown one. Plain values.

use super::RunView;
use std::path::PathBuf;
use std::sync::Arc;

/// An earlier run in the charts.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its folder.
    pub folder: PathBuf,
    /// Red, green, blue; `None` for the colour that its place in the list has.
    pub color: Option<[u8; 3]>,
    /// The run; `None` while it is being read.
    pub run: Option<Arc<RunView>>,
}
