//! Batch prediction: a folder of pictures or a table becomes a CSV file with one line for
//! each example. The file is written aside and takes its name when it is complete.

use super::examples::Outside;
use super::{Predictor, TrainError};
use crate::data::{OpenOptions, Progress};
use crate::preprocess::RawInput;
use crate::runs::{AsideFile, RunError};
use std::path::Path;

/// Examples read and predicted at a time.
const GROUP: usize = 256;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictedFile {
    /// Lines in the file, its heading not counted.
    pub rows: u64,
    /// Lines without a prediction; each says why in its last column.
    pub failed: u64,
}

impl Predictor {
    /// Predicts every example of `source` (see [`Outside::open`]) and writes `out`, a CSV file
    /// in UTF-8. Columns: `path` or `row` (counted from 1); `prediction`, the most probable
    /// class; `probability`, its; `p_CLASS` for each class; `error`, empty where all went well.
    ///
    /// # Errors
    /// [`TrainError`] when the source cannot be opened or the file not be written, or
    /// [`TrainError::Cancelled`]; what stood at `out` before stays then.
    pub fn predict_to_csv(
        &self,
        source: &Path,
        options: &OpenOptions,
        out: &Path,
        progress: Progress<'_>,
    ) -> Result<PredictedFile, TrainError> {
        if source == out {
            let remedy = "choose another file for the predictions";
            return Err(RunError::at(out, "this is the file that is to be predicted", remedy).into());
        }
        // First, so that an hour of predicting does not end at a file that cannot be written.
        let file = AsideFile::create(out)?;
        let examples = Outside::open(source, options, progress)?;
        let mut writer = csv::Writer::from_writer(file);
        let failed_to_write = |error: csv::Error| {
            let remedy = "check the free space and that the folder still exists";
            RunError::at(out, format!("cannot write: {error}"), remedy)
        };
        let classes = self.classes().iter().map(|class| format!("p_{class}"));
        let heading = [examples.kind_of_place(), "prediction", "probability"].map(str::to_owned);
        let heading = heading.into_iter().chain(classes).chain(["error".to_owned()]);
        writer.write_record(heading).map_err(failed_to_write)?;
        let total = examples.len();
        let mut written = PredictedFile { rows: 0, failed: 0 };
        for start in (0..total).step_by(GROUP) {
            if !progress("Predicting", start as u64, total as u64) {
                return Err(TrainError::Cancelled);
            }
            let group = start..(start + GROUP).min(total);
            for (index, answer) in group.clone().zip(self.answers(read(&examples, group))) {
                written.rows += 1;
                written.failed += u64::from(answer.is_err());
                writer.write_record(self.line(examples.place(index), answer)).map_err(failed_to_write)?;
            }
        }
        // The last moment at which it can be called off.
        if !progress("Predicting", total as u64, total as u64) {
            return Err(TrainError::Cancelled);
        }
        let file = writer.into_inner().map_err(|error| failed_to_write(error.into_error().into()))?;
        file.finish()?;
        Ok(written)
    }

    /// Predicts what could be read; what could not keeps its reason.
    pub fn answers(&self, read: Vec<Result<RawInput, String>>) -> Vec<Result<Vec<f32>, String>> {
        let mut inputs = Vec::new();
        let places: Vec<Result<(), String>> =
            read.into_iter().map(|input| input.map(|input| inputs.push(input))).collect();
        let mut results = self.predict(&inputs).into_iter();
        let mut next = || results.next().unwrap_or_else(|| Err("the model gave no answer".to_owned()));
        places.into_iter().map(|read| read.and_then(|()| next())).collect()
    }

    fn line(&self, place: String, answer: Result<Vec<f32>, String>) -> Vec<String> {
        let mut line = vec![place];
        match answer {
            Ok(probabilities) => {
                // The first of equals, as everywhere.
                let largest = probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let best = probabilities.iter().position(|p| *p == largest).unwrap_or(0);
                line.push(self.classes().get(best).cloned().unwrap_or_default());
                line.push(largest.to_string());
                line.extend(probabilities.iter().map(f32::to_string));
                line.push(String::new());
            }
            Err(reason) => {
                line.resize(line.len() + 2 + self.classes().len(), String::new());
                line.push(reason);
            }
        }
        line
    }
}

/// Reads some examples on all cores; decoding pictures takes longer than predicting them.
fn read(examples: &Outside, range: std::ops::Range<usize>) -> Vec<Result<RawInput, String>> {
    let indices: Vec<usize> = range.collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = indices.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = indices
            .chunks(share)
            .map(|part| scope.spawn(|| part.iter().map(|index| examples.read(*index)).collect::<Vec<_>>()))
            .collect();
        let joined = parts.into_iter().zip(indices.chunks(share)).flat_map(|(part, indices)| {
            // Decoders are wrapped; if one panics all the same, its part is told of.
            let fault = |_| vec![Err("reading it failed inside the program".to_owned()); indices.len()];
            part.join().unwrap_or_else(fault)
        });
        joined.collect()
    })
}
