//! Running a stage: one attempt, a second one if its input files changed meanwhile, and the record.

use super::checkpoint::CheckpointState;
use super::job::Job;
use super::stage_end::{Failure, panic_error};
use super::stage_inputs::input_sets;
use super::summary::now;
use super::{NO_CHECKPOINT_HINT, previous};
use crate::event::{Event, Outcome, PartCounts};
use crate::fingerprint::{Digest, Reason, StageInputs, derive_seed};
use crate::stage_api::{Completion, Device, StageContext, StageError};
use crate::store::{CommitError, Record, RecordMeta, WorkDir, folder_name};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

impl Job {
    /// Runs the stage on these inputs, commits and publishes the record.
    pub(super) fn execute(
        &mut self,
        mut inputs: StageInputs,
        reason: String,
    ) -> Result<(Outcome, Arc<Record>), Failure> {
        self.check_upstreams()?;
        let finishes = self.checkpoint(&inputs.fingerprint()) == Some(CheckpointState::Present);
        self.sink.emit(&Event::StageStarted {
            stage: self.stage().id.clone(),
            kind: self.stage().kind.name,
            reason: if finishes { Reason::FinishesEarly.to_string() } else { reason },
        });
        // If an input changes while it is read, the outputs belong to no fingerprint: the stage runs once
        // more on the files as they are then.
        for repeat in [self.is_forced(), false] {
            let fingerprint = inputs.fingerprint();
            let kind = inputs.kind.clone();
            if self.checkpoint(&fingerprint) == Some(CheckpointState::Missing) {
                let message = "there is nothing to finish early: it has no checkpoint";
                return Err(Failure::refused(message, NO_CHECKPOINT_HINT));
            }
            let store = &self.run.store;
            let cancelled = || self.cancel.is_cancelled();
            let waiting = |holder: &str| {
                self.reporter().note(&format!("waits for {holder}, which is computing it"));
            };
            let Some(work) = store.open_work_dir(inputs, repeat, &cancelled, &waiting)? else {
                let record = store.record(&kind, &fingerprint).ok_or_else(|| {
                    StageError::failed("another process finished it and its record is gone")
                })?;
                self.publish(&fingerprint, &record)?;
                return Ok((Outcome::Restored, Arc::new(record)));
            };
            store.clear_failure(&fingerprint);
            let attempt = self.attempt(&work);
            let attempt = attempt.inspect_err(|_| {
                self.show_diagnostics(&work.diagnostics);
            })?;
            let changed = self.refresh(false)?;
            if changed.is_empty() {
                let (completion, seconds, parts) = attempt;
                self.parts = parts;
                let record = self.commit(work, completion, seconds)?;
                self.publish(&record.fingerprint(), &record)?;
                return Ok((Outcome::Ran, Arc::new(record)));
            }
            let changed = changed.join(", ");
            self.reporter().warning(&format!("{changed} changed while being read; retrying"));
            inputs = self.inputs();
        }
        let message = "its input files keep changing while they are read";
        Err(StageError::with_hint(message, "run again when nothing writes to them").into())
    }

    /// Returns whether a `--finish-early` run can finish the stage; `None` in any other run.
    fn checkpoint(&self, fingerprint: &Digest) -> Option<CheckpointState> {
        let (store, registry) = (&self.run.store, self.run.registry);
        let state = || CheckpointState::new((store, registry), self.stage().kind, fingerprint);
        self.run.planned.selection.finish_early.then(state)
    }

    fn attempt(&self, work: &WorkDir) -> Result<(Completion, f64, Option<PartCounts>), Failure> {
        let (run, stage) = (&*self.run, self.stage());
        let implementation = run.registry.get(stage.kind)?;
        let finishes = self.checkpoint(&work.fingerprint) == Some(CheckpointState::Present);
        let reporter = self.reporter();
        stage.unused_params().for_each(|warning| reporter.warning(&warning));
        let incremental = implementation.kind().is_incremental && !self.is_forced();
        let current = self.current.as_ref().filter(|_| incremental);
        let previous =
            current.and_then(|record| previous::open(&run.store, stage, record, &reporter));
        let context = StageContext {
            id: &stage.id,
            params: &stage.params,
            filter: stage.filter.as_deref(),
            command: stage.command.as_ref(),
            inputs: input_sets((&run.pipeline, stage), &self.files, &self.records, &run.store),
            previous: previous.as_ref(),
            out: work.out.clone(),
            diagnostics: work.diagnostics.clone(),
            resume_dir: work.resume_dir.clone(),
            scratch: work.scratch.clone(),
            root: &run.pipeline.root,
            seed: derive_seed(run.pipeline.seed, &stage.name),
            device: self.device(),
            cancel: &self.cancel,
            report: &reporter,
        };
        let threads = run.options.machine.slots(stage);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(StageError::from)?;
        let start = Instant::now();
        let complete = |summary| Completion { summary, partial: None };
        let run_or_finish = || match finishes {
            true => implementation.finish_early(&context),
            false => implementation.run(&context).map(complete),
        };
        let result = catch_unwind(AssertUnwindSafe(|| pool.install(run_or_finish)));
        let completion = result.map_err(|panic| panic_error(&*panic))??;
        Ok((completion, start.elapsed().as_secs_f64(), reporter.into_parts()))
    }

    /// Returns the device that the stage computes on.
    fn device(&self) -> Device {
        if self.stage().kind.uses_device { self.run.options.device } else { Device::Cpu }
    }

    fn commit(&self, work: WorkDir, end: Completion, seconds: f64) -> Result<Record, Failure> {
        let Completion { summary, partial } = end;
        let device = self.device().to_string();
        let meta = RecordMeta { seconds, finished: now(), device, summary, partial };
        let diagnostics = work.diagnostics.clone();
        work.commit(&self.stage().declared_outputs(), meta).map_err(|error| {
            // Wrong or missing outputs are best explained by the log of the program.
            let kept = self.show_diagnostics(&diagnostics);
            let is_of_outputs = !matches!(error, CommitError::Store(_));
            let mut failure = Failure::from(error);
            if let (true, Some(folder)) = (kept && is_of_outputs, self.diagnostics_folder()) {
                let root = &self.run.pipeline.root;
                let shown = folder.strip_prefix(root).unwrap_or(&folder).display();
                let advice = failure.hint.take().map_or(String::new(), |hint| format!("{hint}; "));
                failure.hint = Some(format!("{advice}its log is in {shown}"));
            }
            failure
        })
    }

    /// Returns the folder for the diagnostics of a failed attempt.
    fn diagnostics_folder(&self) -> Option<PathBuf> {
        let folder = self.run.folder.as_ref()?;
        Some(folder.path.join(folder_name(&self.stage().id.0)))
    }

    /// Copies a failed attempt's diagnostics into the run folder. Errors are ignored: the failure itself
    /// matters more. Returns whether there are any.
    fn show_diagnostics(&self, diagnostics: &Path) -> bool {
        let Some(folder) = self.diagnostics_folder() else { return false };
        let files = &self.run.store.files;
        let mut any = false;
        for entry in files.walk(diagnostics) {
            if let (Ok(path), true) = (entry.path.strip_prefix(diagnostics), entry.is_plain()) {
                let target = folder.join(path);
                let _ = target.parent().map_or(Ok(()), |folder| files.create_all(folder));
                any |= files.copy(&entry.path, &target, false).is_ok();
            }
        }
        any
    }
}
