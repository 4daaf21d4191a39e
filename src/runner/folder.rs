//! The run folder: what one run shows, under the names that the thesis used.
//!
//! ```text
//! runs/<YYYYMMDDhhmmss>_<RUNID>/
//!   <run>_info.txt       every parameter, and the user's note
//!   pipeline.json        the resolved pipeline
//!   events.jsonl         all events, written by the JSON lines sink
//!   summary.json         how each stage ended
//!   ...                  each stage's exports; in a folder per stage if several stages have one kind
//! ```

use super::resolved::ResolvedPipeline;
use super::summary::RunSummary;
use crate::spec::Pipeline;
use crate::stage_api::{OutputKind, Registry, RunExport};
use crate::store::{CopyMode, Damage, Files, OutputFile, Record, Store, StoreError, folder_name};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::macros::format_description;

/// A run's folder, created when the run begins.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// `<YYYYMMDDhhmmss>_<RUNID>`.
    pub id: String,
    /// Where it is.
    pub path: PathBuf,
    files: Files,
    /// Its info file, locked so that a reader can tell a running run from one that was killed.
    lock: Option<Arc<File>>,
}

impl RunFolder {
    /// Creates a folder for a run that starts now. Without a `run_id`, takes the first free one of `RUN01`,
    /// `RUN02`...
    ///
    /// # Errors
    /// Returns an error if the folder exists already or cannot be created.
    pub(super) fn create(store: &Store, run_id: Option<&str>) -> Result<Self, StoreError> {
        let format = format_description!("[year][month][day][hour][minute][second]");
        // A clock before year 0 cannot be formatted; the id then starts with zeros.
        let now = time::OffsetDateTime::now_utc().format(format);
        let now = now.unwrap_or_else(|_| "00000000000000".into());
        let runs = &store.layout.runs;
        let mut number = 1;
        loop {
            let name = run_id.map_or_else(|| format!("RUN{number:02}"), str::to_owned);
            let id = format!("{now}_{name}");
            let path = runs.join(&id);
            match store.files.create_folder(&path) {
                Ok(()) => {
                    return Ok(Self { id, path, files: store.files.clone(), lock: None });
                }
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                Err(_) if run_id.is_some() => return Err(StoreError::AlreadyExists(path)),
                Err(_) => number += 1,
            }
        }
    }

    /// Writes the parameters and the resolved pipeline.
    pub(super) fn describe(&mut self, pipeline: &Pipeline, note: &str) -> Result<(), StoreError> {
        let path = info_path(&self.path, &self.id);
        self.files.write_atomic(&path, self.info(pipeline, note).as_bytes())?;
        // If files cannot be locked, a running run is listed as unfinished; nothing else is lost.
        self.lock = self.files.open_to_lock(&path, false).ok().map(Arc::new);
        let _ = self.lock.as_ref().map(|file| file.lock());
        self.write_json("pipeline.json", &ResolvedPipeline::from(pipeline))
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let bytes = serde_json::to_vec_pretty(value);
        let bytes = bytes.map_err(|error| StoreError::at(&path, error.into()))?;
        Ok(self.files.write_atomic(&path, &bytes)?)
    }

    fn info(&self, pipeline: &Pipeline, note: &str) -> String {
        let mut text = format!("run: {}\npipeline: {}\n", self.id, pipeline.name);
        let _ = writeln!(text, "about: {}\nseed: {}", pipeline.about, pipeline.seed);
        if !note.is_empty() {
            let _ = writeln!(text, "info: {note}");
        }
        for stage in &pipeline.stages {
            let _ = writeln!(text, "\n[{}]  uses: {}", stage.id, stage.kind.name);
            if let Some(filter) = &stage.filter {
                let _ = writeln!(text, "where: {filter}");
            }
            for file in stage.files.values().flatten() {
                let _ = writeln!(text, "files: {}", file.written);
            }
            for (name, value) in &stage.params {
                let _ = writeln!(text, "{name}: {value}");
            }
        }
        text
    }

    /// Exports files of the stages' records. Corrupt files are quarantined and returned, not exported.
    pub(super) fn export(
        &self,
        store: &Store,
        pipeline: &Pipeline,
        registry: Registry,
        records: &[Option<Arc<Record>>],
    ) -> Result<Vec<Damage>, StoreError> {
        let mut damaged = Vec::new();
        let mut instances: HashMap<&str, usize> = HashMap::new();
        for stage in &pipeline.stages {
            *instances.entry(stage.kind.name).or_default() += 1;
        }
        for (stage, record) in pipeline.stages.iter().zip(records) {
            let (Some(record), Ok(implementation)) = (record, registry.get(stage.kind)) else {
                continue;
            };
            let folder = match instances.get(stage.kind.name) {
                Some(1) => self.path.clone(),
                _ => self.path.join(folder_name(&stage.id.0)),
            };
            for export in implementation.run_exports() {
                let files = match export.kind {
                    OutputKind::Output => &record.outputs,
                    OutputKind::Diagnostic => &record.diagnostics,
                };
                for file in files {
                    if let Some(target) = self.target(export, &file.path) {
                        damaged.extend(export_blob(store, file, &folder.join(target))?);
                    }
                }
            }
        }
        Ok(damaged)
    }

    /// Returns a file's path in the run folder; `None` if the export does not apply to it.
    fn target(&self, RunExport { from, to, .. }: &RunExport, path: &str) -> Option<String> {
        let rest = match from.is_empty() || from.ends_with('/') {
            true => path.strip_prefix(from)?,
            false => (path == *from).then_some("")?,
        };
        Some(format!("{}{rest}", to.replace("{run}", &self.id)))
    }

    /// Creates a file of the run folder for writing.
    ///
    /// # Errors
    /// Returns an error if the file exists already or cannot be created.
    pub fn create_file(&self, name: &str) -> Result<File, StoreError> {
        Ok(self.files.create_new(&self.path.join(name))?)
    }

    /// Writes how the run ended, and adds to the parameters which stages are partial.
    pub(super) fn conclude<'a>(
        &self,
        summary: &RunSummary,
        partial: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), StoreError> {
        let lines: String = partial.map(|(stage, what)| format!("\n[{stage}]  {what}\n")).collect();
        if !lines.is_empty() {
            let path = info_path(&self.path, &self.id);
            // In place: the run holds a lock on the file.
            self.files.append(&path, lines.as_bytes())?;
        }
        self.write_json("summary.json", summary)
    }
}

/// Returns the file with every parameter. The run holds a lock on it while it runs.
pub(crate) fn info_path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}_info.txt"))
}

/// Exports a blob. A missing one is not an error here: the next plan finds it.
fn export_blob(
    store: &Store,
    file: &OutputFile,
    target: &Path,
) -> Result<Option<Damage>, StoreError> {
    if file.is_folder() {
        store.files.create_all(target)?;
        return Ok(None);
    }
    if store.files.exists(target) || !store.files.exists(&store.layout.blob(&file.digest)) {
        return Ok(None);
    }
    let damaged = store.quarantine_blob(&file.digest)?;
    if damaged.is_none() {
        store.materialize(file, target, CopyMode::LinkIfLarge)?;
    }
    Ok(damaged)
}

/// Returns the time in UTC at which a run started, parsed from its id; `None` if `id` is not a run id.
pub(crate) fn started_at(id: &str) -> Option<String> {
    let (date, name) = id.split_once('_')?;
    let digits = date.len() == 14 && date.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || name.is_empty() {
        return None;
    }
    let part = |from: usize, to: usize| &date[from..to];
    let (day, time) =
        ([part(0, 4), part(4, 6), part(6, 8)], [part(8, 10), part(10, 12), part(12, 14)]);
    Some(format!("{}T{}Z", day.join("-"), time.join(":")))
}

#[cfg(test)]
mod tests {
    use super::started_at;

    #[test]
    fn start_time_is_parsed_from_run_ids_only() {
        assert_eq!(started_at("20261122185555_RUN01").as_deref(), Some("2026-11-22T18:55:55Z"));
        for other in ["notes", "2026_x", "20261122185555", "20261122185555_", "2026112218555x_a"] {
            assert_eq!(started_at(other), None, "{other}");
        }
    }
}
