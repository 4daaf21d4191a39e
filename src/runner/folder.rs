//! The run folder: what one run shows, under the names that the thesis used.
//!
//! ```text
//! runs/<YYYYMMDDhhmmss>_<RUNID>/
//!   <run>_info.txt       every parameter, and the free text of --run-info
//!   pipeline.json        the resolved pipeline
//!   events.jsonl         what happened, written by the JSON lines sink
//!   summary.json         how each stage ended
//!   ...                  each stage's exhibits, in a folder of the stage's own where several stages
//!                        would take one name
//! ```

use super::resolved::ResolvedPipeline;
use super::summary::RunSummary;
use crate::fingerprint::Digest;
use crate::spec::Pipeline;
use crate::stage_api::{OutputKind, Registry};
use crate::store::{
    CopyMode, Damage, Record, Store, StoreError, folder_name, materialize, write_atomic,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::macros::format_description;

/// A run's folder, made when the run begins.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// `<YYYYMMDDhhmmss>_<RUNID>`.
    pub id: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its info file, locked: so a reader can tell a run under way from one that was killed.
    held: Option<Arc<File>>,
}

impl RunFolder {
    /// Makes a new folder for a run that starts now. Without an id of the person's own the first free
    /// one of `RUN01`, `RUN02`... is taken.
    ///
    /// # Errors
    /// When it exists already or cannot be made.
    pub(super) fn create(store: &Store, run_id: Option<&str>) -> Result<Self, StoreError> {
        let format = format_description!("[year][month][day][hour][minute][second]");
        // A clock before year 0 cannot be formatted; the id then starts with zeros.
        let now = time::OffsetDateTime::now_utc().format(format);
        let now = now.unwrap_or_else(|_| "00000000000000".into());
        let runs = &store.layout().runs;
        let mut number = 1;
        loop {
            let name = run_id.map_or_else(|| format!("RUN{number:02}"), str::to_owned);
            let id = format!("{now}_{name}");
            let path = runs.join(&id);
            match fs_err::create_dir(&path) {
                Ok(()) => return Ok(Self { id, path, held: None }),
                Err(error)
                    if error.kind() == std::io::ErrorKind::AlreadyExists && run_id.is_none() =>
                {
                    number += 1;
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    return Err(StoreError::AlreadyExists { path });
                }
                Err(error) => return Err(StoreError::Io(error)),
            }
        }
    }

    /// Writes what is known before anything ran.
    pub(super) fn describe(&mut self, pipeline: &Pipeline, info: &str) -> Result<(), StoreError> {
        let text = self.info(pipeline, info);
        let path = info_path(&self.path, &self.id);
        write_atomic(&path, text.as_bytes())?;
        // Where files cannot be locked a run under way looks unfinished, which is all that is lost.
        self.held = File::options().read(true).write(true).open(&path).ok().map(Arc::new);
        let _ = self.held.as_ref().map(|file| file.lock());
        let resolved = serde_json::to_vec_pretty(&ResolvedPipeline::from(pipeline));
        let path = self.path.join("pipeline.json");
        write_atomic(&path, &resolved.map_err(|error| StoreError::at(&path, error.into()))?)
    }

    fn info(&self, pipeline: &Pipeline, info: &str) -> String {
        let mut text = format!("run: {}\npipeline: {}\n", self.id, pipeline.name);
        let _ = writeln!(text, "about: {}\nseed: {}", pipeline.about, pipeline.seed);
        if !info.is_empty() {
            let _ = writeln!(text, "info: {info}");
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

    /// Shows the records of stages that are done: each exhibit at its place. What turns out to be
    /// damaged is not shown, but set aside and told.
    pub(super) fn export(
        &self,
        store: &Store,
        pipeline: &Pipeline,
        registry: Registry,
        records: &[Option<Arc<Record>>],
    ) -> Result<Vec<Damage>, StoreError> {
        let mut damaged = Vec::new();
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for stage in &pipeline.stages {
            *uses.entry(stage.kind.name).or_default() += 1;
        }
        for (stage, record) in pipeline.stages.iter().zip(records) {
            let (Some(record), Ok(implementation)) = (record, registry.get(stage.kind)) else {
                continue;
            };
            let alone = uses.get(stage.kind.name) == Some(&1);
            let folder = if alone { self.path.clone() } else { self.subfolder(&stage.id.0) };
            for export in implementation.run_exports() {
                let files = match export.kind {
                    OutputKind::Output => &record.outputs,
                    OutputKind::Diagnostic => &record.diagnostics,
                };
                for file in files {
                    if let Some(target) = self.target(export.from, export.to, &file.path) {
                        damaged.extend(show(store, &file.digest, &folder.join(target))?);
                    }
                }
            }
        }
        Ok(damaged)
    }

    fn subfolder(&self, stage: &str) -> PathBuf {
        self.path.join(folder_name(stage))
    }

    /// Where a file goes by one rule; `None` when the rule is not about it.
    fn target(&self, from: &str, to: &str, path: &str) -> Option<String> {
        let rest = if from.is_empty() || from.ends_with('/') {
            path.strip_prefix(from)?
        } else {
            (path == from).then_some("")?
        };
        Some(format!("{}{rest}", to.replace("{run}", &self.id)))
    }

    /// Writes how the run ended; below the parameters, which stages it has only a part of.
    pub(super) fn conclude<'a>(
        &self,
        summary: &RunSummary,
        partial: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), StoreError> {
        let lines: String = partial.map(|(stage, what)| format!("\n[{stage}]  {what}\n")).collect();
        if !lines.is_empty() {
            let path = info_path(&self.path, &self.id);
            // In place: the run holds a lock on the file.
            let file = fs_err::OpenOptions::new().append(true).open(path);
            file.and_then(|mut file| file.write_all(lines.as_bytes()))?;
        }
        let path = self.path.join("summary.json");
        let bytes = serde_json::to_vec_pretty(summary);
        write_atomic(&path, &bytes.map_err(|error| StoreError::at(&path, error.into()))?)
    }
}

/// The file with every parameter; the run holds a lock on it as long as it is under way.
pub(crate) fn info_path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}_info.txt"))
}

/// A blob that the store lost is not shown; the stage that made it will be judged by that.
fn show(store: &Store, digest: &Digest, target: &Path) -> Result<Option<Damage>, StoreError> {
    let blob = store.blob(digest);
    if target.exists() || !blob.exists() {
        return Ok(None);
    }
    let damaged = store.quarantine_blob(digest)?;
    if damaged.is_none() {
        materialize(&blob, target, CopyMode::LinkIfLarge)?;
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
