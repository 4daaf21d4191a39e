//! One stage from its verdict to its record, on a thread of its own.

use super::checkpoint::{CheckpointState, NO_CHECKPOINT_HINT};
use super::prepare::Prepared;
use super::previous;
use super::reporter::EventReporter;
use super::stage_end::{Failure, StageEnd, panicked};
use super::stage_inputs::{inputs, refresh_changed};
use super::store_view::{CachedStoreView, RecordCache};
use crate::event::{Event, EventSink, Outcome, PartCounts};
use crate::fingerprint::{Digest, Reason, StageInputs, derive_seed};
use crate::plan::{InputSnapshot, StagePlan, Verdict, plan_stage, stage_inputs};
use crate::spec::{Pipeline, StageInstance};
use crate::stage_api::{
    CancelToken, Completion, Device, Registry, Reporter, StageContext, StageError,
};
use crate::store::{
    CommitError, CopyMode, Damage, Holder, Record, RecordCheck, RecordMeta, Store, StoreError,
    WorkDir, folder_name, materialize,
};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use time::format_description::well_known::Rfc3339;

/// What is said of a stage that waited for one that ran, and is fresh all the same.
const CUT_OFF: &str = "cut off, upstream outputs are equal";

/// Everything that a stage's thread needs, owned.
pub(super) struct Job {
    pipeline: Arc<Pipeline>,
    store: Store,
    registry: Registry,
    index: usize,
    files: InputSnapshot,
    /// Of the stages that this one reads.
    records: BTreeMap<usize, Arc<Record>>,
    forced: bool,
    /// Whether it ends early what was interrupted.
    finishes: bool,
    /// Whether it was not known before whether it has to run.
    waited: bool,
    /// The run's id.
    run: Option<String>,
    /// Where the run folder shows what a failed stage told.
    shown: Option<PathBuf>,
    device: Device,
    sink: Arc<dyn EventSink>,
    cancel: CancelToken,
    slots: usize,
    /// Records that need not be read again.
    known: RecordCache,
    /// The record that the stage's visible outputs show, fitting or not.
    current: Option<Arc<Record>>,
    parts: Option<PartCounts>,
}

impl Job {
    pub(super) fn new(
        prepared: &Prepared<'_>,
        index: usize,
        records: &[Option<Arc<Record>>],
        (sink, cancel): (Arc<dyn EventSink>, CancelToken),
    ) -> Self {
        // Only the records that this stage reads travel with it.
        let stage = &prepared.pipeline.stages[index];
        let upstreams = stage.upstreams().map(|upstream| upstream.stage);
        let known = |index: usize| Some((index, records[index].clone()?));
        let mut files = InputSnapshot { env: prepared.files.env.clone(), ..Default::default() };
        for name in stage.files.keys() {
            let key = (index, name.clone());
            if let Some(found) = prepared.files.files.get(&key) {
                files.files.insert(key, found.clone());
            }
        }
        Self {
            pipeline: Arc::clone(prepared.pipeline),
            store: prepared.store.clone(),
            registry: prepared.registry,
            index,
            files,
            records: upstreams.filter_map(known).collect(),
            forced: prepared.selection.is_forced(index),
            finishes: prepared.selection.finishes_early(),
            waited: prepared.plan.stages[index].verdict == Verdict::Waits,
            run: prepared.folder().map(|folder| folder.id.clone()),
            shown: prepared.folder().map(|folder| folder.path.join(folder_name(&stage.id.0))),
            device: match prepared.registry.get(stage.kind) {
                Ok(implementation) if implementation.uses_device() => prepared.options.device,
                _ => Device::Cpu,
            },
            sink,
            cancel,
            slots: prepared.options.machine.slots(stage),
            known: prepared.known.clone(),
            current: None,
            parts: None,
        }
    }

    fn stage(&self) -> &StageInstance {
        &self.pipeline.stages[self.index]
    }

    fn record_of(&self, upstream: usize) -> Option<&Record> {
        self.records.get(&upstream).map(Arc::as_ref)
    }

    /// Judges the stage and does what the verdict says.
    pub(super) fn work(mut self) -> StageEnd {
        let start = Instant::now();
        let pipeline = &self.pipeline.name;
        let read = std::mem::take(&mut self.known);
        let knowledge =
            CachedStoreView::new((&self.store, self.registry), pipeline, self.finishes, read);
        let known = |upstream| self.record_of(upstream);
        let planned =
            plan_stage(&self.pipeline, self.index, &self.files, &known, self.forced, &knowledge);
        let fingerprint = planned.fingerprint;
        let result = self.set_damage_aside(&planned).and_then(|()| self.follow(planned));
        if let (Err(failure), Some(fingerprint)) = (&result, &fingerprint) {
            self.note_failure(failure, fingerprint);
        }
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok((outcome, record)) => StageEnd {
                seconds,
                fingerprint: Some(record.fingerprint()),
                detail: match outcome {
                    Outcome::Fresh if self.waited => CUT_OFF.into(),
                    _ => record.summary.clone(),
                },
                record: Some(record),
                parts: self.parts,
                ..StageEnd::not_run(outcome)
            },
            Err(Failure { interrupted, message, hint, damaged, .. }) => StageEnd {
                seconds,
                fingerprint,
                detail: if interrupted { String::new() } else { message },
                hint,
                damaged,
                ..StageEnd::not_run(if interrupted {
                    Outcome::Interrupted
                } else {
                    Outcome::Failed
                })
            },
        }
    }

    /// Leaves a note for whoever asks later why the stage runs again; without it that person is told less.
    fn note_failure(&self, failure: &Failure, fingerprint: &Digest) {
        let failed = !failure.interrupted && !failure.refused && failure.damaged.is_empty();
        if let (true, Some(run)) = (failed, &self.run) {
            let _ = self.store.record_failure(fingerprint, run, &failure.message);
        }
    }

    /// Names what is damaged of that on which the verdict rests, and sets it aside.
    fn set_damage_aside(&self, planned: &StagePlan) -> Result<(), Failure> {
        let may_be =
            |reason: &Reason| reason.is_damage() || matches!(reason, Reason::OutputMissing(_));
        if !planned.reasons.iter().any(may_be) {
            return Ok(());
        }
        let stage = self.stage();
        let wanted = planned.fingerprint.as_ref().map(|wanted| (stage.kind.name, wanted));
        self.name(&self.store.quarantine_damaged(&self.pipeline.name, &stage.id.0, wanted)?);
        Ok(())
    }

    fn name(&self, damaged: &[Damage]) {
        for damage in damaged {
            let stage = Some(self.stage().id.clone());
            self.sink.emit(&Event::Warning { stage, text: damage.to_string() });
        }
    }

    fn follow(&mut self, planned: StagePlan) -> Result<(Outcome, Arc<Record>), Failure> {
        let StagePlan { verdict, fingerprint, inputs, reasons, record, current } = planned;
        self.current = current;
        let reason = reasons.first().map_or_else(String::new, Reason::headline);
        match (verdict, fingerprint, record, inputs) {
            (Verdict::Fresh, _, Some(record), _) => Ok((Outcome::Fresh, record)),
            (Verdict::Restore, Some(fingerprint), Some(record), _) => {
                match self.restore(&fingerprint, Arc::clone(&record))? {
                    Some(record) => Ok((Outcome::Restored, record)),
                    None => self.execute(record.inputs.clone(), "a stored output is damaged"),
                }
            }
            (_, _, _, Some(inputs)) => self.execute(inputs, &reason),
            _ => Err(StageError::failed("its upstream outputs are not known").into()),
        }
    }

    /// Brings a record's outputs back; `None` when a blob turned out to be damaged.
    fn restore(
        &self,
        fingerprint: &Digest,
        record: Arc<Record>,
    ) -> Result<Option<Arc<Record>>, Failure> {
        let verified = self.store.verify(&record)?;
        self.name(&verified.damaged);
        if let Some(path) = verified.missing.first() {
            let text = format!("stored output '{path}' was damaged; it is made anew");
            self.sink.emit(&Event::Warning { stage: Some(self.stage().id.clone()), text });
            return Ok(None);
        }
        self.publish(fingerprint, &record)?;
        Ok(Some(record))
    }

    fn publish(&self, fingerprint: &Digest, record: &Record) -> Result<(), StoreError> {
        let (id, shown) = (&self.stage().id, self.current.as_deref());
        let kept = self.store.publish(&self.pipeline.name, &id.0, fingerprint, record, shown)?;
        if let Some(folder) = kept {
            let shown = folder.strip_prefix(&self.pipeline.root).unwrap_or(&folder).display();
            let text =
                format!("its outputs were edited by hand; the edited files are now in {shown}");
            self.sink.emit(&Event::Warning { stage: Some(id.clone()), text });
        }
        Ok(())
    }

    fn execute(
        &mut self,
        inputs: StageInputs,
        reason: &str,
    ) -> Result<(Outcome, Arc<Record>), Failure> {
        self.check_upstreams()?;
        self.sink.emit(&Event::StageStarted {
            stage: self.stage().id.clone(),
            kind: self.stage().kind.name,
            reason: match self.finishes
                && self.found(&inputs.fingerprint()) == CheckpointState::Present
            {
                true => Reason::FinishesEarly.to_string(),
                false => reason.to_owned(),
            },
        });
        let mut inputs = inputs;
        // An input that changed while it was read makes the outputs belong to no fingerprint: the
        // stage runs once more on what is there now.
        for attempt in 0..2 {
            let stop = self.cancel.clone();
            let fingerprint = inputs.fingerprint();
            let kind = inputs.kind.clone();
            if self.finishes && self.found(&fingerprint) == CheckpointState::Missing {
                let message = "there is nothing to finish early: it has no checkpoint";
                return Err(Failure::refused(message, NO_CHECKPOINT_HINT));
            }
            let again = self.forced && attempt == 0;
            let waiting = |holder: &Holder| self.note(format!("waits for {holder}, at work on it"));
            let work =
                self.store.open_work_dir(inputs, again, &|| stop.is_cancelled(), &waiting)?;
            let Some(work) = work else {
                let record = self.store.record(&kind, &fingerprint).ok_or_else(|| {
                    StageError::failed("another process finished it and its record is gone")
                })?;
                self.publish(&fingerprint, &record)?;
                return Ok((Outcome::Restored, Arc::new(record)));
            };
            self.store.clear_failure(&fingerprint);
            let (ending, seconds, parts) = match self.attempt(&work) {
                Ok(done) => done,
                Err(failure) => {
                    self.show_diagnostics(&work);
                    return Err(failure);
                }
            };
            let changed = refresh_changed(&mut self.files);
            if changed.is_empty() {
                self.parts = parts;
                let record = self.commit(work, ending, seconds)?;
                self.publish(&record.fingerprint(), &record)?;
                return Ok((Outcome::Ran, Arc::new(record)));
            }
            let text = format!("{} changed while it was read; reading again", changed.join(", "));
            self.sink.emit(&Event::Warning { stage: Some(self.stage().id.clone()), text });
            inputs = stage_inputs(&self.pipeline, self.index, &self.files, &|upstream| {
                self.record_of(upstream)
            });
        }
        Err(StageError::with_hint(
            "its input files keep changing while they are read",
            "run again when nothing writes to them",
        )
        .into())
    }

    /// What an early end would find.
    fn found(&self, fingerprint: &Digest) -> CheckpointState {
        CheckpointState::new((&self.store, self.registry), self.stage().kind, fingerprint)
    }

    fn note(&self, text: String) {
        self.sink.emit(&Event::Note { stage: self.stage().id.clone(), text });
    }

    /// Copies what a failed attempt told into the run folder. The failure itself is what matters: a copy
    /// that fails too changes nothing.
    fn show_diagnostics(&self, work: &WorkDir) {
        let Some(folder) = &self.shown else { return };
        let diagnostics = work.diagnostics();
        for entry in walkdir::WalkDir::new(&diagnostics).into_iter().flatten() {
            if let Ok(inside) = entry.path().strip_prefix(&diagnostics)
                && entry.file_type().is_file()
            {
                let _ = materialize(entry.path(), &folder.join(inside), CopyMode::Copy);
            }
        }
    }

    /// Reads what the stage is about to use against its digests: a result out of a damaged input must
    /// never be recorded.
    fn check_upstreams(&self) -> Result<(), Failure> {
        let mut damaged = Vec::new();
        let mut first = None;
        for upstream in self.stage().upstreams() {
            let record = self.record_of(upstream.stage);
            let found =
                record.map_or(Ok(RecordCheck::default()), |record| self.store.verify(record))?;
            self.name(&found.damaged);
            if let Some(path) = found.missing.into_iter().next() {
                let id = &self.pipeline.stages[upstream.stage].id;
                first.get_or_insert(format!("output '{path}' of '{id}' was damaged in the store"));
                damaged.push(upstream.stage);
            }
        }
        damaged.sort_unstable();
        damaged.dedup();
        match first {
            None => Ok(()),
            Some(message) => {
                let hint = Some("run again with that stage: it is made anew".into());
                Err(Failure { message, hint, damaged, ..Failure::default() })
            }
        }
    }

    fn commit(
        &self,
        work: WorkDir,
        ending: Completion,
        seconds: f64,
    ) -> Result<Record, CommitError> {
        let Completion { summary, partial } = ending;
        let kind = self.stage().kind;
        let declared: Vec<String> = match &self.stage().command {
            Some(command) => command.outputs.clone(),
            None => kind.outputs.iter().map(|output| output.path.to_owned()).collect(),
        };
        let now = time::OffsetDateTime::now_utc()
            .replace_nanosecond(0)
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        work.commit(
            &declared,
            RecordMeta {
                seconds,
                finished: now.format(&Rfc3339).unwrap_or_default(),
                device: self.device.to_string(),
                summary,
                partial,
            },
        )
    }

    fn attempt(&self, work: &WorkDir) -> Result<(Completion, f64, Option<PartCounts>), Failure> {
        let stage = self.stage();
        let implementation = self.registry.get(stage.kind)?;
        let finishes = self.finishes && self.found(work.fingerprint()) == CheckpointState::Present;
        let reporter = EventReporter::new(&*self.sink, &stage.id);
        stage.unused_params().for_each(|warning| Reporter::warning(&reporter, &warning));
        let wanted = implementation.supports_incremental() && !self.forced;
        let current = self.current.as_ref().filter(|_| wanted);
        let previous =
            current.and_then(|record| previous::open(&self.store, stage, record, &reporter));
        let context = StageContext {
            id: &stage.id,
            params: &stage.params,
            filter: stage.filter.as_deref(),
            command: stage.command.as_ref(),
            inputs: inputs((&self.pipeline, stage), &self.files, &self.records, &self.store),
            previous: previous.as_ref(),
            out: work.out(),
            diagnostics: work.diagnostics(),
            resume_dir: work.resume_dir(),
            scratch: work.scratch(),
            root: &self.pipeline.root,
            seed: derive_seed(self.pipeline.seed, &stage.name),
            device: self.device,
            cancel: &self.cancel,
            report: &reporter,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.slots).build();
        let pool = pool.map_err(StageError::failed)?;
        let start = Instant::now();
        let work = || match finishes {
            true => implementation.finish_early(&context),
            false => {
                implementation.run(&context).map(|summary| Completion { summary, partial: None })
            }
        };
        let result = catch_unwind(AssertUnwindSafe(|| pool.install(work)));
        let ending = match result {
            Ok(result) => result?,
            Err(panic) => return Err(panicked(&*panic).into()),
        };
        let seconds = start.elapsed().as_secs_f64();
        Ok((ending, seconds, reporter.into_parts()))
    }
}
