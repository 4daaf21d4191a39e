//! The schedule carried out: tokio waits, a rayon pool a stage works.

use super::folder::started_at;
use super::machine::describe;
use super::prepare::{Prepared, RunError};
use super::schedule::{Demand, Schedule};
use super::stage_end::StageEnd;
use super::summary::{RunSummary, StageSummary, counts, now, overall};
use super::worker::Job;
use crate::event::{Event, EventSink, Outcome};
use crate::plan::Verdict;
use crate::stage_api::CancelToken;
use crate::store::Record;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// One run under way.
pub(super) struct Execution<'a> {
    prepared: Prepared<'a>,
    sink: Arc<dyn EventSink>,
    stop: CancelToken,
    /// Stages that must be looked at; the others are fresh, and so is all that they read.
    due: BTreeSet<usize>,
    schedule: Schedule,
    /// Records of stages that are done, or that are taken as last recorded.
    records: Vec<Option<Arc<Record>>>,
    ended: Vec<Option<StageEnd>>,
    any_failed: bool,
    /// Stages that were already put off once because of a damaged upstream.
    put_off: BTreeSet<usize>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(prepared: Prepared<'a>, sink: Arc<dyn EventSink>, stop: CancelToken) -> Self {
        let due = due(&prepared);
        let schedule = Schedule::new(demands(&prepared), &due, prepared.options.machine.all());
        let selected = |index| prepared.selection.is_selected(index);
        let records = prepared.plan.stages.iter().enumerate();
        let records = records.map(|(index, planned)| match due.contains(&index) {
            true => None,
            false => planned.outputs(selected(index)).cloned(),
        });
        let records = records.collect();
        let ended = vec![None; prepared.pipeline.stages.len()];
        let (any_failed, put_off) = (false, BTreeSet::new());
        Self { prepared, sink, stop, due, schedule, records, ended, any_failed, put_off }
    }

    pub(super) fn run(mut self) -> Result<RunSummary, RunError> {
        let run = self.prepared.folder.as_ref().map(|folder| folder.id.clone());
        // The name of its folder says when a run began: so does everything else.
        let started = run.as_deref().and_then(started_at).unwrap_or_else(now);
        let start = (Instant::now(), started);
        self.sink.emit(&Event::RunStarted {
            run: run.clone().unwrap_or_default(),
            pipeline: self.prepared.pipeline.name.clone(),
            stages: self.prepared.selection.len(),
        });
        let super::InputStats { known: files, read, bytes } = self.prepared.seen;
        self.sink.emit(&Event::InputsHashed { files, read, bytes });
        self.warn();
        self.take_fresh();
        if !self.due.is_empty() {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.map_err(RunError::Scheduler)?.block_on(self.schedule_all());
        }
        let summary = self.conclude(start, run)?;
        self.sink.emit(&Event::RunFinished {
            run: summary.run.clone().unwrap_or_default(),
            outcome: summary.outcome,
            seconds: summary.seconds,
            counts: counts(&summary.stages),
        });
        Ok(summary)
    }

    /// Says what a person should know before it begins.
    fn warn(&self) {
        for text in self.prepared.warnings() {
            self.sink.emit(&Event::Warning { stage: None, text });
        }
        let mut told = BTreeSet::new();
        let machine = &self.prepared.options.machine;
        for stage in self.due.iter().map(|&index| &self.prepared.pipeline.stages[index]) {
            if machine.is_too_small(stage) && told.insert(&stage.name) {
                let asked = describe(stage.resources.memory.unwrap_or_default());
                let there = describe(machine.memory);
                let text = format!(
                    "'{}' needs {asked} of memory and this machine has {there}: it runs alone",
                    stage.name
                );
                self.sink.emit(&Event::Warning { stage: None, text });
            }
        }
    }

    /// What is fresh on grounds that no running stage can change is done.
    fn take_fresh(&mut self) {
        for index in self.prepared.selection.indices().collect::<Vec<_>>() {
            if self.due.contains(&index) {
                continue;
            }
            let record = self.records[index].clone();
            let detail = record.as_ref().map_or_else(String::new, |record| record.summary.clone());
            let fingerprint = self.prepared.plan.stages[index].fingerprint;
            let ended =
                StageEnd { record, fingerprint, detail, ..StageEnd::not_run(Outcome::Fresh) };
            self.tell(index, &ended);
            self.ended[index] = Some(ended);
        }
    }

    fn tell(&self, index: usize, ended: &StageEnd) {
        self.sink.emit(&Event::StageFinished {
            stage: self.prepared.pipeline.stages[index].id.clone(),
            outcome: ended.outcome,
            seconds: ended.seconds,
            detail: ended.detail.clone(),
            partial: ended.record.as_ref().and_then(|record| record.partial.clone()),
        });
    }

    async fn schedule_all(&mut self) {
        let mut running = JoinSet::new();
        loop {
            while self.may_start() {
                let Some(index) = self.schedule.start_next() else { break };
                let job = Job::new(&self.prepared, index, &self.records, {
                    (Arc::clone(&self.sink), self.stop.clone())
                });
                running.spawn_blocking(move || (index, job.work()));
            }
            if !self.schedule.is_running() {
                break;
            }
            // A job catches its own panics, so joining cannot fail but by a fault of the runtime.
            if let Some(Ok((index, ended))) = running.join_next().await {
                self.take(index, ended);
            }
        }
        for index in self.schedule.waiting() {
            self.take_unstarted(index, Outcome::Interrupted, String::new());
        }
    }

    fn may_start(&self) -> bool {
        !self.stop.is_cancelled() && (self.prepared.options.keep_going || !self.any_failed)
    }

    fn take(&mut self, index: usize, ended: StageEnd) {
        let mendable = ended.damaged.iter().all(|&up| self.prepared.selection.is_selected(up));
        if !ended.damaged.is_empty() && mendable && self.put_off.insert(index) {
            let stage = Some(self.prepared.pipeline.stages[index].id.clone());
            let text = format!("{}; it is made anew", ended.detail);
            self.sink.emit(&Event::Warning { stage, text });
            ended.damaged.iter().for_each(|&up| self.records[up] = None);
            self.schedule.retry(index, &ended.damaged);
            return;
        }
        self.tell(index, &ended);
        let succeeded = matches!(ended.outcome, Outcome::Ran | Outcome::Fresh | Outcome::Restored);
        self.records[index].clone_from(&ended.record);
        let interrupted = ended.outcome == Outcome::Interrupted;
        self.any_failed |= ended.outcome == Outcome::Failed;
        self.ended[index] = Some(ended);
        self.schedule.finish(index, succeeded);
        if !interrupted {
            for (blocked, cause) in self.schedule.block() {
                let cause = &self.prepared.pipeline.stages[cause].id;
                self.take_unstarted(blocked, Outcome::Blocked, cause.to_string());
            }
        }
    }

    fn take_unstarted(&mut self, index: usize, outcome: Outcome, detail: String) {
        let ended = StageEnd { detail, ..StageEnd::not_run(outcome) };
        self.tell(index, &ended);
        self.ended[index] = Some(ended);
    }

    fn conclude(
        &self,
        (start, started): (Instant, String),
        run: Option<String>,
    ) -> Result<RunSummary, RunError> {
        let Prepared { pipeline, store, registry, selection, folder, options, .. } = &self.prepared;
        // Showing is work too: the time that is told includes it.
        if let Some(folder) = folder {
            for damage in folder.exhibit(store, pipeline, *registry, &self.records)? {
                let text = format!("{damage}; the next run makes it anew");
                self.sink.emit(&Event::Warning { stage: None, text });
            }
        }
        let stages: Vec<StageSummary> =
            selection.indices().filter_map(|index| self.summary_of(index)).collect();
        let outcome = overall(&stages);
        let summary = RunSummary {
            run,
            folder: folder.as_ref().map(|folder| folder.path.clone()),
            pipeline: pipeline.name.clone(),
            outcome,
            started,
            finished: now(),
            seconds: start.elapsed().as_secs_f64(),
            files: self.prepared.seen,
            device: options.device.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            info: options.note.clone(),
            stages,
        };
        if let Some(folder) = folder {
            let partial =
                pipeline.stages.iter().zip(&self.records).filter_map(|(stage, record)| {
                    Some((stage.id.0.as_str(), record.as_ref()?.partial.as_deref()?))
                });
            folder.conclude(&summary, partial)?;
        }
        Ok(summary)
    }

    fn summary_of(&self, index: usize) -> Option<StageSummary> {
        let stage = &self.prepared.pipeline.stages[index];
        let ended = self.ended[index].as_ref()?;
        let visible =
            self.prepared.store.layout().visible(&self.prepared.pipeline.name, &stage.id.0);
        let shown = visible.strip_prefix(&self.prepared.pipeline.root).unwrap_or(&visible);
        let outputs = ended.record.iter().flat_map(|record| &record.outputs);
        Some(StageSummary {
            name: stage.id.to_string(),
            kind: stage.kind.name,
            outcome: ended.outcome,
            seconds: ended.seconds,
            parts: ended.parts,
            outputs: outputs.map(|file| shown.join(&file.path).display().to_string()).collect(),
            fingerprint: ended.fingerprint.map(|fingerprint| fingerprint.to_string()),
            detail: ended.detail.clone(),
            partial: ended.record.as_ref().and_then(|record| record.partial.clone()),
            hint: ended.hint.clone(),
        })
    }
}

/// Selected stages but those that are fresh and read nothing that may change: whatever has to be made
/// anew may come out otherwise.
fn due(prepared: &Prepared<'_>) -> BTreeSet<usize> {
    let mut due = BTreeSet::new();
    for index in prepared.selection.indices() {
        let mut upstreams = prepared.pipeline.stages[index].upstreams();
        let fresh = prepared.plan.stages[index].verdict == Verdict::Fresh;
        if !fresh || upstreams.any(|up| due.contains(&up.stage)) {
            due.insert(index);
        }
    }
    due
}

fn demands(prepared: &Prepared<'_>) -> Vec<Demand> {
    let demand = |stage: &crate::spec::StageInstance| Demand {
        upstream: stage.upstreams().map(|up| up.stage).collect(),
        load: prepared.options.machine.load(stage),
        exclusive: stage.exclusive.clone(),
    };
    prepared.pipeline.stages.iter().map(demand).collect()
}
