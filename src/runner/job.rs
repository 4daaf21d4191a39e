//! One stage from its verdict to its published record, on a worker thread.

use super::prepare::PreparedRun;
use super::refresh::refresh_changed;
use super::stage_end::{Failure, StageEnd};
use super::store_view::CachedStoreView;
use crate::event::{EventSink, Outcome, PartCounts};
use crate::fingerprint::{Digest, Reason, StageInputs};
use crate::plan::{InputSnapshot, StagePlan, Verdict, plan_stage, stage_inputs};
use crate::spec::StageInstance;
use crate::stage_api::{CancelToken, Reporter, StageError};
use crate::store::{Damage, Record, RecordCheck, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// The detail of a stage that waited for one that ran, and is fresh all the same.
const EARLY_CUTOFF: &str = "up to date: upstream outputs unchanged";

/// Owned state of a stage's worker thread.
pub(super) struct Job {
    pub(super) run: Arc<PreparedRun>,
    pub(super) index: usize,
    /// The stage's own input files.
    pub(super) files: InputSnapshot,
    /// Whether other stages ended since the files were listed, so that much may have changed.
    is_late: bool,
    /// Records of the stages that this one reads.
    pub(super) records: BTreeMap<usize, Arc<Record>>,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) cancel: CancelToken,
    /// The stage's published record, matching or not.
    pub(super) current: Option<Arc<Record>>,
    pub(super) parts: Option<PartCounts>,
}

impl Job {
    pub(super) fn new(
        run: &Arc<PreparedRun>,
        index: usize,
        records: &[Option<Arc<Record>>],
        (sink, cancel): (Arc<dyn EventSink>, CancelToken),
        is_late: bool,
    ) -> Self {
        let upstreams = run.pipeline.stages[index].upstreams().map(|upstream| upstream.stage);
        let records = upstreams.filter_map(|at| Some((at, records[at].clone()?))).collect();
        let own = run.planned.files.files.range((index, String::new())..(index + 1, String::new()));
        let files = own.map(|(input, files)| (input.clone(), Arc::clone(files))).collect();
        let files = InputSnapshot { files, env: run.planned.files.env.clone() };
        let run = Arc::clone(run);
        Self { run, index, files, is_late, records, sink, cancel, current: None, parts: None }
    }

    /// Plans the stage and does what the verdict says.
    pub(super) fn work(mut self) -> StageEnd {
        let start = Instant::now();
        // A stage that starts after an edit reads the new file, so its verdict is about that one.
        let refreshed = self.refresh(self.is_late);
        let planned = self.plan();
        let fingerprint = planned.fingerprint;
        let result = refreshed
            .and_then(|_| self.quarantine_damage(&planned))
            .and_then(|()| self.apply_verdict(planned));
        if let (Err(failure), Some(fingerprint)) = (&result, &fingerprint) {
            self.record_failure(failure, fingerprint);
        }
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok((outcome, record)) => StageEnd {
                seconds,
                fingerprint: Some(record.fingerprint()),
                detail: match outcome {
                    Outcome::Fresh if self.waited() => EARLY_CUTOFF.into(),
                    _ => record.meta.summary.clone(),
                },
                record: Some(record),
                parts: self.parts,
                ..StageEnd::not_run(outcome)
            },
            Err(Failure { interrupted, message, hint, damaged, .. }) => {
                let (outcome, detail) = match interrupted {
                    true => (Outcome::Interrupted, String::new()),
                    false => (Outcome::Failed, message),
                };
                let end = StageEnd::not_run(outcome);
                StageEnd { seconds, fingerprint, detail, hint, damaged, ..end }
            }
        }
    }

    pub(super) fn stage(&self) -> &StageInstance {
        &self.run.pipeline.stages[self.index]
    }

    /// Returns true if the verdict was not known when the run began.
    fn waited(&self) -> bool {
        self.run.planned.plan.stages[self.index].verdict == Verdict::Waits
    }

    pub(super) fn is_forced(&self) -> bool {
        self.run.planned.selection.is_forced(self.index)
    }

    /// Updates the input files that changed; returns the paths of those with other content.
    pub(super) fn refresh(&mut self, relist: bool) -> Result<Vec<String>, Failure> {
        let PreparedRun { pipeline, store, .. } = &*self.run;
        let stage = (&**pipeline, &pipeline.stages[self.index], &store.layout);
        refresh_changed(stage, &mut self.files, relist).map_err(|error| {
            let hint = "it was there when the run began; run again when it is back";
            StageError::with_hint(error.to_string(), hint).into()
        })
    }

    fn record_of(&self, upstream: usize) -> Option<&Record> {
        self.records.get(&upstream).map(Arc::as_ref)
    }

    /// Returns the fingerprint's inputs with the input files as they are now.
    pub(super) fn inputs(&self) -> StageInputs {
        stage_inputs(&self.run.pipeline, self.index, &self.files, &|up| self.record_of(up))
    }

    pub(super) fn reporter(&self) -> Reporter<'_> {
        Reporter::new(&*self.sink, &self.stage().id)
    }

    fn warn_damaged(&self, damaged: &[Damage]) {
        damaged.iter().for_each(|damage| self.reporter().warning(&damage.to_string()));
    }

    fn plan(&self) -> StagePlan {
        let PreparedRun { pipeline, store, planned, .. } = &*self.run;
        let view = CachedStoreView {
            store,
            pipeline_name: &pipeline.name,
            registry: self.run.registry,
            finish_early: planned.selection.finish_early,
            cache: planned.cache.clone().into(),
        };
        let records = |upstream| self.record_of(upstream);
        plan_stage(pipeline, self.index, &self.files, &records, self.is_forced(), &view)
    }

    /// Records the error, so that `explain` can name it. Without the file it names less.
    fn record_failure(&self, failure: &Failure, fingerprint: &Digest) {
        let failed = !failure.interrupted && !failure.refused && failure.damaged.is_empty();
        if let (true, Some(folder)) = (failed, &self.run.folder) {
            let _ = self.run.store.record_failure(fingerprint, &folder.id, &failure.message);
        }
    }

    /// Quarantines and reports corrupt files on which the verdict rests.
    fn quarantine_damage(&self, planned: &StagePlan) -> Result<(), Failure> {
        let may_be_damaged =
            |reason: &Reason| reason.is_damage() || matches!(reason, Reason::OutputMissing(_));
        if planned.reasons.iter().any(may_be_damaged) {
            let (store, stage) = (&self.run.store, self.stage());
            let wanted = planned.fingerprint.as_ref().map(|wanted| (stage.kind.name, wanted));
            let damaged = store.quarantine_damaged(&self.run.pipeline.name, &stage.id.0, wanted)?;
            self.warn_damaged(&damaged);
        }
        Ok(())
    }

    fn apply_verdict(&mut self, planned: StagePlan) -> Result<(Outcome, Arc<Record>), Failure> {
        let StagePlan { verdict, fingerprint, inputs, reasons, record, current } = planned;
        self.current = current;
        match (verdict, fingerprint, record, inputs) {
            (Verdict::Fresh, _, Some(record), _) => Ok((Outcome::Fresh, record)),
            (Verdict::Restore, Some(fingerprint), Some(record), _) => {
                match self.restore(&fingerprint, &record)? {
                    true => Ok((Outcome::Restored, record)),
                    false => {
                        self.execute(record.inputs.clone(), "a stored output is corrupt".into())
                    }
                }
            }
            (_, _, _, Some(inputs)) => {
                let reason = reasons.first().map_or_else(String::new, Reason::headline);
                self.execute(inputs, reason)
            }
            _ => Err(StageError::failed("its upstream outputs are not known").into()),
        }
    }

    /// Publishes a record's stored outputs. Returns false if one is corrupt.
    fn restore(&self, fingerprint: &Digest, record: &Record) -> Result<bool, Failure> {
        let RecordCheck { damaged, missing } = self.run.store.verify(record)?;
        self.warn_damaged(&damaged);
        if let Some(path) = missing.first() {
            self.reporter().warning(&format!("stored output '{path}' is corrupt; recomputing it"));
            return Ok(false);
        }
        self.publish(fingerprint, record)?;
        Ok(true)
    }

    pub(super) fn publish(&self, fingerprint: &Digest, record: &Record) -> Result<(), StoreError> {
        let PreparedRun { store, pipeline, .. } = &*self.run;
        let (id, current) = (&self.stage().id.0, self.current.as_deref());
        let backup = store.publish(&pipeline.name, id, fingerprint, record, current)?;
        if let Some(folder) = backup {
            let folder = folder.strip_prefix(&pipeline.root).unwrap_or(&folder).display();
            self.reporter().warning(&format!(
                "files in its folder were edited by hand; the edited files are now in {folder}"
            ));
        }
        Ok(())
    }

    /// Verifies the digests of the upstream outputs that the stage is about to read: a result of corrupt
    /// inputs must never be recorded.
    pub(super) fn check_upstreams(&self) -> Result<(), Failure> {
        let mut failure = Failure::default();
        for upstream in self.stage().upstreams() {
            let Some(record) = self.record_of(upstream.stage) else { continue };
            let RecordCheck { damaged, missing } = self.run.store.verify(record)?;
            self.warn_damaged(&damaged);
            if let Some(path) = missing.first() {
                if failure.damaged.is_empty() {
                    let id = &self.run.pipeline.stages[upstream.stage].id;
                    failure.message = format!("stored output '{path}' of '{id}' is corrupt");
                    failure.hint = Some("run that stage too: it recomputes the output".into());
                }
                failure.damaged.push(upstream.stage);
            }
        }
        failure.damaged.sort_unstable();
        failure.damaged.dedup();
        if failure.damaged.is_empty() { Ok(()) } else { Err(failure) }
    }
}
