//! What can be written to a file from what is shown, and all that is needed to write it.
//! Plain values; the window's errands do the writing.

use super::{Compared, PredictionFilter, RunView, State};
use crate::data::Dataset;
use crate::language::tr;
use crate::runs::PredictionTable;
use std::path::PathBuf;
use std::sync::Arc;

/// How curves are drawn, in the panel and in a picture of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveLook {
    /// Weight of the exponential smoothing, 0 to below 1; 0 for none.
    pub smoothing: f64,
    /// Whether losses and the like are drawn as logarithms.
    pub log: bool,
    /// Whether metrics without a chart of their own are drawn too.
    pub all: bool,
    /// First and last step in the picture; `None` for all.
    pub range: Option<[f64; 2]>,
}

/// What can be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Export {
    /// The predictions that pass the filter, in its order, as CSV.
    Predictions,
    /// Every point of all metrics of the runs in the charts, as CSV.
    CurvePoints,
    /// The charts as a PNG picture.
    CurvePicture {
        /// Pixels across and down.
        size: [u32; 2],
        /// Pixels per point: how large text and lines are.
        scale: f32,
        /// On a dark ground.
        dark: bool,
        /// How the curves are drawn.
        look: CurveLook,
    },
}

impl Export {
    /// What a file is called unless the person says otherwise, for a run of this name.
    pub fn file_name(&self, run: &str) -> String {
        let run: String =
            run.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '-' }).take(60).collect();
        match self {
            Self::Predictions => format!("{run}-predictions.csv"),
            Self::CurvePoints => format!("{run}-curves.csv"),
            Self::CurvePicture { .. } => format!("{run}-curves.png"),
        }
    }
}

/// A run with what it is called and its colour in the charts.
#[derive(Clone, Debug)]
pub struct NamedRun {
    /// What it is called.
    pub name: String,
    /// The chosen colour, red, green, blue; `None` for the usual one.
    pub color: Option<[u8; 3]>,
    /// The run.
    pub run: Arc<RunView>,
}

/// Something to write, with all that is needed for it.
#[derive(Clone, Debug)]
pub struct ExportJob {
    /// What.
    pub what: Export,
    /// Where to.
    pub path: PathBuf,
    /// Whether a file that is there may be replaced.
    pub replace: bool,
    /// For curves: the shown run, then the earlier ones in the charts.
    pub runs: Vec<NamedRun>,
    /// For predictions: they, with class names, samples, filter and what they are compared with.
    pub predictions: Option<ExportedPredictions>,
}

/// Predictions to write.
#[derive(Clone, Debug)]
pub struct ExportedPredictions {
    /// All of them.
    pub table: Arc<PredictionTable>,
    /// Class names.
    pub classes: Vec<String>,
    /// The samples, if their data is open.
    pub dataset: Option<Arc<Dataset>>,
    /// Which are written and in which order.
    pub filter: PredictionFilter,
    /// What they are compared with.
    pub compared: Option<Compared>,
}

impl ExportJob {
    /// The job for what is shown now.
    ///
    /// # Errors
    /// In words, when there is nothing to write.
    pub fn new(state: &State, what: Export, path: PathBuf, replace: bool) -> Result<Self, String> {
        let Some(run) = &state.run else {
            return Err(tr!("There is nothing to export yet; train, or open a run.").to_owned());
        };
        let mut job = Self { what, path, replace, runs: Vec::new(), predictions: None };
        if job.what == Export::Predictions {
            let Some(table) = run.predictions.clone().filter(|table| !table.is_empty()) else {
                return Err(tr!("There are no predictions to export; evaluate the run first.").to_owned());
            };
            job.predictions = Some(ExportedPredictions {
                table,
                classes: run.classes().to_vec(),
                dataset: state.run_data.clone(),
                filter: state.filter.clone(),
                compared: state.comparison().cloned(),
            });
            return Ok(job);
        }
        // Predictions are not drawn; a copy without them is of the points only.
        let run = RunView { predictions: None, ..run.clone() };
        job.runs.push(NamedRun { name: state.title_of(&run.folder), color: None, run: Arc::new(run) });
        for overlay in
            state.overlays.iter().filter(|o| Some(&o.folder) != state.run.as_ref().map(|r| &r.folder))
        {
            if let Some(run) = &overlay.run {
                let name = state.title_of(&overlay.folder);
                job.runs.push(NamedRun { name, color: overlay.color, run: run.clone() });
            }
        }
        Ok(job)
    }
}
