//! Writes what a person takes along: predictions and curves as CSV, charts as PNG. Each file
//! appears whole or not at all, and one that is there is replaced only where that was allowed.

use super::panels::draw_curves;
use super::raster;
use crate::app::{Export, ExportJob, write_curves};
use crate::inspect::{self, Subject};
use crate::language::tr;
use crate::ui::widgets::number;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the file; returns what was done, in words.
///
/// # Errors
/// In words: the path, the cause and what to do.
pub fn write(job: &ExportJob) -> Result<String, String> {
    let path = path_of(job);
    if path.exists() && !job.replace {
        return Err(tr!(
            "{path}: there is a file of this name already; choose another name, or replace it with Choose a file….",
            path = path.display()
        ));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let cannot = |error: &dyn std::fmt::Display| {
        tr!(
            "{path}: the file cannot be written: {error}; choose a folder that exists and that you may write to.",
            path = path.display(),
            error = error
        )
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| cannot(&e))?;
    let mut out = BufWriter::new(file.as_file_mut());
    let done = content(job, &mut out).and_then(|rows| out.flush().map(|()| rows)).map_err(|e| cannot(&e))?;
    drop(out);
    readable(&file);
    let kept = if job.replace { file.persist(&path) } else { file.persist_noclobber(&path) };
    kept.map_err(|e| cannot(&e.error))?;
    Ok(match done {
        Some(rows) => {
            tr!("{rows} rows written to {path}.", rows = number::count(rows), path = path.display())
        }
        None => tr!("The charts are written to {path}.", path = path.display()),
    })
}

/// The path with the usual ending where it has none; in a folder, the usual name.
fn path_of(job: &ExportJob) -> PathBuf {
    let run = job.runs.first().map_or("attentive", |run| run.name.as_str());
    let usual = PathBuf::from(job.what.file_name(run));
    if job.path.is_dir() {
        return job.path.join(usual);
    }
    match (job.path.extension(), usual.extension()) {
        (None, Some(ending)) => job.path.with_extension(ending),
        _ => job.path.clone(),
    }
}

/// Temporary files are private; what a person exports is as readable as other files.
fn readable(file: &tempfile::NamedTempFile) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Where it cannot be changed the file stays private, and is still the person's own.
        let _ = file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// Writes the content; returns the number of rows, for tables.
fn content(job: &ExportJob, out: &mut impl Write) -> std::io::Result<Option<u64>> {
    match &job.what {
        Export::Predictions => {
            let Some(shown) = &job.predictions else { return Ok(Some(0)) };
            let before = shown.compared.as_ref().map(|compared| compared.table.as_ref());
            let comparison = before.and_then(|before| inspect::compare(&shown.table, before));
            let subject = Subject {
                table: &shown.table,
                classes: &shown.classes,
                dataset: shown.dataset.as_deref(),
                comparison: comparison.as_ref(),
            };
            let rows = inspect::rows(&subject, &shown.filter);
            inspect::write_predictions(out, &subject, before, &rows).map(Some)
        }
        Export::CurvePoints => write_curves(out, &job.runs).map(Some),
        Export::CurvePicture { size, scale, dark, look } => {
            let image = raster::render(*size, *scale, *dark, |ui| draw_curves(ui, &job.runs, *look));
            let bytes: Vec<u8> = image.pixels.iter().flat_map(|p| [p.r(), p.g(), p.b()]).collect();
            let [width, height] = *size;
            let encoder = image::codecs::png::PngEncoder::new(out);
            image::ImageEncoder::write_image(encoder, &bytes, width, height, image::ExtendedColorType::Rgb8)
                .map_err(std::io::Error::other)?;
            Ok(None)
        }
    }
}
