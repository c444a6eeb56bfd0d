//! Errands about files of runs: exports, predictions to compare with, runs for the charts,
//! notes, the trash.

use super::Errands;
use super::following::load_run;
use crate::app::{Action, Against, Effect, Export, ForkWish, RunView, State};
use crate::language::{later, tr};
use crate::runs::{self, Event, Level, Notes, PredictionTable};
use crate::train::forkable;
use crate::ui::exporting;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Errands {
    /// Performs an effect about files of runs; others are not its concern.
    pub fn run_files(&self, effect: Effect, state: &State) {
        match effect {
            Effect::PickExport(what) => self.pick_export(what, state),
            Effect::PickElsewhere { folder, predict } => self.pick_elsewhere(folder, predict),
            Effect::Export(job) => self.run(later!("export"), move || {
                Some(match exporting::write(&job) {
                    Ok(text) => Action::Tell(Level::Info, text),
                    Err(text) => Action::Tell(Level::Error, text),
                })
            }),
            Effect::ReadComparison(against) => self.run(later!("comparison"), move || {
                let read = comparison(&against);
                Some(Action::ComparisonRead(against, read))
            }),
            Effect::ReadOverlay(folder) => self.run(later!("run"), move || {
                let run = overlay(&folder);
                Some(Action::OverlayRead(folder, run))
            }),
            Effect::ReadForkable(folder) => self.run(later!("run"), move || {
                let read = forkable(&folder).map_err(|e| e.to_string());
                Some(Action::Fork(ForkWish::Read(folder, read)))
            }),
            Effect::WriteNotes(folder, notes) => self.write_notes(&folder, &notes),
            Effect::DeleteRun(folder) => self.run(later!("deletion"), move || {
                let result = runs::discard(&folder).map_err(|e| e.to_string());
                Some(Action::RunDeleted(folder, result))
            }),
            Effect::RestoreRun(place, folder) => self.run(later!("restoring"), move || {
                Some(match runs::restore(&place, &folder) {
                    Ok(()) => Action::RefreshRuns,
                    Err(error) => Action::Tell(Level::Error, error.to_string()),
                })
            }),
            Effect::EmptyTrash => self.empty_trash(state.runs_folder.clone()),
            Effect::ShowFolder(folder) => self.run(later!("file manager"), move || show_folder(&folder)),
            _ => {}
        }
    }

    /// Looks what is in the trash of a folder of runs.
    pub fn look_at_trash(&self, folder: PathBuf) {
        self.run(later!("trash"), move || {
            let discarded = runs::discarded(&folder);
            let bytes = discarded.iter().map(|run| runs::bytes_on_disk(run)).sum();
            Some(Action::TrashSeen(discarded.len(), bytes))
        });
    }

    fn empty_trash(&self, folder: PathBuf) {
        self.run(later!("trash"), move || {
            Some(match runs::empty_trash(&folder) {
                // The list looks at the trash again.
                Ok(_) => Action::RefreshRuns,
                Err(error) => Action::Tell(Level::Error, error.to_string()),
            })
        });
    }

    /// Small, and in the order in which they were made: written at once.
    fn write_notes(&self, folder: &Path, notes: &Notes) {
        if let Err(error) = notes.write(folder) {
            self.report(Action::Tell(Level::Error, error.to_string()));
        }
    }

    fn pick_elsewhere(&self, folder: bool, predict: bool) {
        let title =
            if predict { tr!("Predict a file or folder") } else { tr!("Evaluate on another data set") };
        self.run(later!("file dialog"), move || {
            let dialog = rfd::FileDialog::new().set_title(title);
            let path = if folder { dialog.pick_folder()? } else { dialog.pick_file()? };
            let source = path.to_string_lossy().into_owned();
            Some(match predict {
                true => Action::PredictTo(source, free_name_beside(&path)),
                false => Action::EvaluateOn(source),
            })
        });
    }

    fn pick_export(&self, what: Export, state: &State) {
        let Some(run) = &state.run else { return };
        let (folder, name) = (run.folder.clone(), what.file_name(&state.title_of(&run.folder)));
        let (title, kind, ending) = match &what {
            Export::CurvePicture { .. } => (tr!("Export the charts"), "PNG", "png"),
            Export::CurvePoints => (tr!("Export the points of the curves"), "CSV", "csv"),
            Export::Predictions => (tr!("Export the predictions"), "CSV", "csv"),
        };
        self.run(later!("file dialog"), move || {
            let dialog = rfd::FileDialog::new().set_title(title).set_file_name(name).set_directory(folder);
            let path = dialog.add_filter(kind, &[ending]).save_file()?;
            // The dialog has asked already whether a file that is there may be replaced.
            Some(Action::Export { what, path, replace: true })
        });
    }
}

/// A file for the predictions of `path` that does not exist yet.
fn free_name_beside(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let named = |count: usize| match count {
        1 => path.with_file_name(format!("{stem}-predictions.csv")),
        _ => path.with_file_name(format!("{stem}-predictions-{count}.csv")),
    };
    let mut count = 1;
    while named(count).exists() {
        count += 1;
    }
    named(count)
}

/// The predictions of an evaluation on disk, and the fingerprint of their data.
fn comparison(against: &Against) -> Result<(String, Arc<PredictionTable>), String> {
    let (events, newest) = match &against.file {
        None => load_run(&against.folder)?,
        Some(file) => {
            let (events, _) = runs::read_run(&against.folder).map_err(|e| e.to_string())?;
            let table = PredictionTable::read_parquet(&against.folder.join(file));
            (events, Some(Arc::new(table.map_err(|e| e.to_string())?)))
        }
    };
    let accepted = events.iter().find_map(|event| match event {
        Event::Accepted(accepted) => Some(accepted.data.fingerprint.clone()),
        _ => None,
    });
    match (accepted, newest) {
        (Some(fingerprint), Some(table)) => Ok((fingerprint, table)),
        _ => Err(tr!(
            "{run} has kept no predictions; evaluate it again to compare with it.",
            run = against.name
        )),
    }
}

/// A run folded from its events.
fn overlay(folder: &Path) -> Result<Arc<RunView>, String> {
    let (events, _) = runs::read_run(folder).map_err(|e| e.to_string())?;
    let mut run = RunView::default();
    events.iter().for_each(|event| run.apply(event));
    // The folder may have been moved since the run.
    run.folder = folder.to_owned();
    Ok(Arc::new(run))
}

/// Shows a folder in the system's file manager, which goes on by itself.
fn show_folder(folder: &Path) -> Option<Action> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let started = std::process::Command::new(program).arg(folder).spawn();
    match started {
        Ok(mut child) => {
            // Waited for, so that nothing of it stays; how it ends is its own affair.
            let _ = child.wait();
            None
        }
        Err(error) => Some(Action::Tell(
            Level::Warning,
            tr!(
                "{folder} cannot be shown: {program} does not start ({error}); open the folder by hand.",
                folder = folder.display(),
                program = program,
                error = error
            ),
        )),
    }
}
