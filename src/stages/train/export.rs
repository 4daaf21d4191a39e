//! Copies a training's files from the folder that survives an interruption to the outputs and diagnostics.

use super::log::{csv_header, csv_row};
use crate::stage_api::{Result, StageContext};
use crate::store::copy_new;
use partita_vae::EpochReport;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Returns the folder below the resume folder into which a training writes.
pub(super) fn folder(context: &StageContext<'_>) -> PathBuf {
    context.resume_dir.join("watch")
}

/// Copies the files of a finished training. They are not moved: after a kill before the stage is recorded, a resumed
/// training has no epoch left whose songs it could write.
pub(super) fn export_all(context: &StageContext<'_>) -> Result<()> {
    let folder = folder(context);
    for (name, target) in [
        ("epochs", &context.out),
        ("graphs", &context.diagnostics),
        ("log.csv", &context.diagnostics),
    ] {
        copy(&folder.join(name), &target.join(name), |_| true)?;
    }
    Ok(())
}

/// Copies what was written up to the last of these epochs. A kill may have left songs and a log of an epoch whose
/// checkpoint does not exist: those are skipped.
pub(super) fn export_reached(context: &StageContext<'_>, reports: &[EpochReport]) -> Result<()> {
    let folder = folder(context);
    let last = reports.last().map_or(0, |report| report.epoch);
    let is_reached = |path: &Path| epoch_of(path).is_some_and(|epoch| epoch <= last);
    copy(&folder.join("epochs"), &context.out.join("epochs"), is_reached)?;
    copy(&folder.join("graphs"), &context.diagnostics.join("graphs"), |_| true)?;
    let rows = std::iter::once(csv_header()).chain(reports.iter().map(csv_row));
    let log = rows.collect::<Vec<_>>().join("\n") + "\n";
    Ok(fs_err::write(context.diagnostics.join("log.csv"), log)?)
}

/// Returns the epoch of a generated song's file: `epoch<E>_<i>.*`.
fn epoch_of(path: &Path) -> Option<usize> {
    path.file_name()?.to_str()?.strip_prefix("epoch")?.split_once('_')?.0.parse().ok()
}

/// Copies a file, or the files below a folder that `is_included` selects.
fn copy(from: &Path, to: &Path, is_included: impl Fn(&Path) -> bool) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        if entry.file_type().is_file() && is_included(entry.path()) {
            let inside = entry.path().strip_prefix(from)?;
            let target = if inside.as_os_str().is_empty() { to.into() } else { to.join(inside) };
            copy_new(entry.path(), &target, false)?;
        }
    }
    Ok(())
}
