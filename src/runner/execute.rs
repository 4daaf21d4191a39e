//! The schedule carried out: tokio waits, a rayon pool a stage works.

use super::ended::Ended;
use super::prepare::{Prepared, RunError};
use super::schedule::{Demand, Schedule};
use super::summary::{RunSummary, StageSummary, counts, now, overall};
use super::worker::Job;
use crate::event::{Event, EventSink, Outcome};
use crate::spec::Cpus;
use crate::stage::Stop;
use crate::store::{Record, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// One run under way.
pub(super) struct Execution<'a> {
    prepared: Prepared<'a>,
    sink: Arc<dyn EventSink>,
    stop: Stop,
    schedule: Schedule,
    /// Records of stages that are done, or that are taken as last recorded.
    records: Vec<Option<Record>>,
    ended: Vec<Option<Ended>>,
    /// Stages that were already put off once because of a damaged upstream.
    put_off: BTreeSet<usize>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(prepared: Prepared<'a>, sink: Arc<dyn EventSink>, stop: Stop) -> Self {
        let selected: BTreeSet<usize> = prepared.selection.indices().collect();
        let schedule = Schedule::new(demands(&prepared), &selected, prepared.options.jobs.max(1));
        let records = prepared.plan.stages.iter().enumerate().map(|(index, planned)| {
            if selected.contains(&index) { None } else { planned.current.clone() }
        });
        let records = records.collect();
        let ended = vec![None; prepared.pipeline.stages.len()];
        let put_off = BTreeSet::new();
        Self { prepared, sink, stop, schedule, records, ended, put_off }
    }

    pub(super) fn run(mut self) -> Result<RunSummary, RunError> {
        let start = (Instant::now(), now());
        let run = self.prepared.folder.as_ref().map(|folder| folder.id.clone());
        self.sink.emit(&Event::RunStarted {
            run: run.clone().unwrap_or_default(),
            pipeline: self.prepared.pipeline.name.clone(),
            stages: self.prepared.selection.len(),
        });
        for (stage, reason) in self.prepared.stale_upstreams() {
            let text = format!("'{stage}' is taken as last recorded, though it is stale: {reason}");
            self.sink.emit(&Event::Warning { stage: None, text });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.map_err(RunError::Scheduler)?.block_on(self.schedule_all());
        let summary = self.conclude(start, run)?;
        self.sink.emit(&Event::RunFinished {
            run: summary.run.clone().unwrap_or_default(),
            outcome: summary.outcome,
            seconds: summary.seconds,
            counts: counts(&summary.stages),
        });
        Ok(summary)
    }

    async fn schedule_all(&mut self) {
        let mut running = JoinSet::new();
        loop {
            while self.may_start() {
                let Some(index) = self.schedule.start_next() else { break };
                let job = Job::new(&self.prepared, index, &self.records, {
                    (Arc::clone(&self.sink), self.stop.clone(), self.schedule.slots_of(index))
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
        let failed = self.ended.iter().flatten().any(|ended| ended.outcome == Outcome::Failed);
        !self.stop.is_set() && (self.prepared.options.keep_going || !failed)
    }

    fn take(&mut self, index: usize, ended: Ended) {
        let mendable = ended.damaged.iter().all(|&up| self.prepared.selection.is_selected(up));
        if !ended.damaged.is_empty() && mendable && self.put_off.insert(index) {
            let stage = Some(self.prepared.pipeline.stages[index].id.clone());
            let text = format!("{}; it is made anew", ended.detail);
            self.sink.emit(&Event::Warning { stage, text });
            ended.damaged.iter().for_each(|&up| self.records[up] = None);
            self.schedule.retry(index, &ended.damaged);
            return;
        }
        self.sink.emit(&Event::StageFinished {
            stage: self.prepared.pipeline.stages[index].id.clone(),
            outcome: ended.outcome,
            seconds: ended.seconds,
            detail: ended.detail.clone(),
        });
        let succeeded = matches!(ended.outcome, Outcome::Ran | Outcome::Fresh | Outcome::Restored);
        self.records[index].clone_from(&ended.record);
        let interrupted = ended.outcome == Outcome::Interrupted;
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
        let stage = self.prepared.pipeline.stages[index].id.clone();
        self.sink.emit(&Event::StageFinished {
            stage,
            outcome,
            seconds: 0.0,
            detail: detail.clone(),
        });
        self.ended[index] = Some(Ended { detail, ..Ended::unstarted(outcome) });
    }

    fn conclude(
        &self,
        (start, started): (Instant, String),
        run: Option<String>,
    ) -> Result<RunSummary, RunError> {
        let Prepared { pipeline, store, registry, selection, folder, options, .. } = &self.prepared;
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
            device: options.device.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            info: options.run_info.clone(),
            stages,
        };
        if let Some(folder) = folder {
            let concluded: Result<(), StoreError> = folder
                .exhibit(store, pipeline, *registry, &self.records)
                .and_then(|()| folder.conclude(&summary));
            concluded?;
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
            outputs: outputs.map(|file| shown.join(&file.path).display().to_string()).collect(),
            fingerprint: ended.fingerprint.map(|fingerprint| fingerprint.to_string()),
            detail: ended.detail.clone(),
            hint: ended.hint.clone(),
        })
    }
}

fn demands(prepared: &Prepared<'_>) -> Vec<Demand> {
    let jobs = prepared.options.jobs.max(1);
    let demand = |stage: &crate::spec::Stage| Demand {
        upstream: stage.from.values().flatten().map(|up| up.stage).collect(),
        cpus: stage.needs.cpus.unwrap_or(match stage.kind.cpus {
            Cpus::All => jobs,
            Cpus::One => 1,
        }),
        exclusive: stage.exclusive.clone(),
    };
    prepared.pipeline.stages.iter().map(demand).collect()
}
