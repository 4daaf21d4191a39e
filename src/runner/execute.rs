//! Carries out a plan: tokio waits for jobs, each of which has a rayon pool.

use super::job::Job;
use super::machine::describe;
use super::schedule::{Demand, Schedule};
use super::stage_end::StageEnd;
use super::summary::{counts, now, overall};
use super::{InputStats, PreparedRun, RunError, RunSummary, StageSummary, started_at};
use crate::event::{Event, EventSink, Outcome};
use crate::plan::{StagePlan, Verdict};
use crate::spec::StageInstance;
use crate::stage_api::{CancelToken, Reporter};
use crate::store::{Record, RenamedStage, folder_name};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

impl PreparedRun {
    /// Runs the stages.
    ///
    /// # Errors
    /// Returns an error if the scheduler cannot start or the run folder cannot be written. A failed stage
    /// is no error here: the summary has it.
    pub fn execute(
        self,
        sink: Arc<dyn EventSink>,
        cancel: &CancelToken,
    ) -> Result<RunSummary, RunError> {
        let (run, cancel) = (Arc::new(self), cancel.clone());
        let due = due(&run);
        let schedule = Schedule::new(demands(&run), &due, run.options.machine.all());
        let record = |(index, planned): (usize, &StagePlan)| {
            let outputs = planned.outputs(run.planned.selection.is_selected(index));
            outputs.filter(|_| !due.contains(&index)).cloned()
        };
        let records = run.planned.plan.stages.iter().enumerate().map(record).collect();
        let summaries = vec![None; run.pipeline.stages.len()];
        Execution {
            run,
            sink,
            cancel,
            due,
            schedule,
            records,
            summaries,
            any_failed: false,
            any_ended: false,
            put_back: BTreeSet::new(),
        }
        .run()
    }
}

/// The state of one run.
struct Execution {
    run: Arc<PreparedRun>,
    sink: Arc<dyn EventSink>,
    cancel: CancelToken,
    /// Stages that get a job; the others are fresh, and so are all their upstreams.
    due: BTreeSet<usize>,
    schedule: Schedule,
    /// Records of stages that are done, or whose recorded outputs are used.
    records: Vec<Option<Arc<Record>>>,
    summaries: Vec<Option<StageSummary>>,
    any_failed: bool,
    /// Whether a job ended.
    any_ended: bool,
    /// Stages that were already put back once because of a corrupt upstream output.
    put_back: BTreeSet<usize>,
}

impl Execution {
    fn run(mut self) -> Result<RunSummary, RunError> {
        let id = self.run.folder.as_ref().map(|folder| folder.id.clone());
        // The name of its folder has the time at which the run began.
        let started = id.as_deref().and_then(started_at).unwrap_or_else(now);
        let start = Instant::now();
        self.sink.emit(&Event::RunStarted {
            run: id.clone().unwrap_or_default(),
            pipeline: self.run.pipeline.name.clone(),
            stages: self.run.planned.selection.indices().count(),
        });
        let InputStats { known: files, read, bytes } = self.run.planned.stats;
        self.sink.emit(&Event::InputsHashed { files, read, bytes });
        self.run.warnings().into_iter().for_each(|text| self.warn(text));
        self.warn_memory();
        self.end_fresh();
        if !self.due.is_empty() {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.map_err(RunError::Scheduler)?.block_on(self.run_jobs());
        }
        let summary = self.conclude(start, started)?;
        self.sink.emit(&Event::RunFinished {
            run: id.unwrap_or_default(),
            outcome: summary.outcome,
            seconds: summary.seconds,
            counts: counts(&summary.stages),
        });
        Ok(summary)
    }

    fn warn(&self, text: String) {
        self.sink.emit(&Event::Warning { stage: None, text });
    }

    fn stage(&self, index: usize) -> &StageInstance {
        &self.run.pipeline.stages[index]
    }

    /// Warns once per stage that needs more memory than the machine has.
    fn warn_memory(&self) {
        let mut warned = BTreeSet::new();
        let machine = &self.run.options.machine;
        for stage in self.due.iter().map(|&index| self.stage(index)) {
            if machine.is_too_small(stage) && warned.insert(&stage.name) {
                let needed = describe(stage.resources.memory.unwrap_or_default());
                let available = describe(machine.memory);
                self.warn(format!(
                    "'{}' needs {needed} of memory and this machine has {available}: it runs alone",
                    stage.name
                ));
            }
        }
    }

    /// Ends the stages that are fresh whatever the running ones do.
    fn end_fresh(&mut self) {
        let selected = self.run.planned.selection.indices();
        let fresh: Vec<usize> = selected.filter(|index| !self.due.contains(index)).collect();
        for index in fresh {
            let record = self.records[index].clone();
            let detail = record.iter().map(|record| &*record.meta.summary).collect();
            let fingerprint = self.run.planned.plan.stages[index].fingerprint;
            let fresh = StageEnd::not_run(Outcome::Fresh);
            self.end(index, StageEnd { record, fingerprint, detail, ..fresh });
        }
    }

    /// Emits the end of a stage and stores its summary.
    fn end(&mut self, index: usize, end: StageEnd) {
        let (run, stage) = (&self.run, self.stage(index));
        let partial = end.record.as_ref().and_then(|record| record.meta.partial.clone());
        self.sink.emit(&Event::StageFinished {
            stage: stage.id.clone(),
            outcome: end.outcome,
            seconds: end.seconds,
            detail: end.detail.clone(),
            partial: partial.clone(),
        });
        let visible = run.store.layout.visible(&run.pipeline.name, &stage.id.0);
        let visible = visible.strip_prefix(&run.pipeline.root).unwrap_or(&visible);
        let outputs = end.record.iter().flat_map(|record| &record.outputs);
        self.summaries[index] = Some(StageSummary {
            name: stage.id.to_string(),
            kind: stage.kind.name,
            outcome: end.outcome,
            seconds: end.seconds,
            parts: end.parts,
            outputs: outputs.map(|file| visible.join(&file.path).display().to_string()).collect(),
            fingerprint: end.fingerprint.map(|fingerprint| fingerprint.to_string()),
            detail: end.detail,
            partial,
            hint: end.hint,
        });
    }

    async fn run_jobs(&mut self) {
        let mut running = JoinSet::new();
        loop {
            while self.may_start() {
                let Some(index) = self.schedule.start_next() else { break };
                let output = (Arc::clone(&self.sink), self.cancel.clone());
                let job = Job::new(&self.run, index, &self.records, output, self.any_ended);
                running.spawn_blocking(move || (index, job.work()));
            }
            if !self.schedule.is_running() {
                break;
            }
            // A job catches its own panics, so joining fails only by a bug in the runtime.
            if let Some(Ok((index, end))) = running.join_next().await {
                self.job_ended(index, end);
            }
        }
        let unstarted = match self.cancel.is_cancelled() {
            true => Outcome::Interrupted,
            false => Outcome::NotStarted,
        };
        for index in self.schedule.waiting() {
            self.end(index, StageEnd::not_run(unstarted));
        }
    }

    fn may_start(&self) -> bool {
        !self.cancel.is_cancelled() && (self.run.options.keep_going || !self.any_failed)
    }

    fn job_ended(&mut self, index: usize, end: StageEnd) {
        self.any_ended = true;
        let repairable = end.damaged.iter().all(|&up| self.run.planned.selection.is_selected(up));
        if !end.damaged.is_empty() && repairable && self.put_back.insert(index) {
            let reporter = Reporter::new(&*self.sink, &self.stage(index).id);
            reporter.warning(&format!("{}; recomputing it", end.detail));
            end.damaged.iter().for_each(|&up| self.records[up] = None);
            self.schedule.retry(index, &end.damaged);
            return;
        }
        let outcome = end.outcome;
        self.records[index].clone_from(&end.record);
        self.any_failed |= outcome == Outcome::Failed;
        self.end(index, end);
        let succeeded = matches!(outcome, Outcome::Ran | Outcome::Fresh | Outcome::Restored);
        self.schedule.finish(index, succeeded);
        if outcome != Outcome::Interrupted {
            for (blocked, cause) in self.schedule.block() {
                let detail = self.stage(cause).id.to_string();
                self.end(blocked, StageEnd { detail, ..StageEnd::not_run(Outcome::Blocked) });
            }
        }
    }

    /// Removes the visible outputs of stages that were renamed.
    fn remove_renamed(&self) {
        let PreparedRun { pipeline, store, .. } = &*self.run;
        let stages = pipeline.stages.iter().zip(&self.records);
        let folders: Vec<_> =
            stages.map(|(stage, record)| (folder_name(&stage.id.0), record.as_deref())).collect();
        let renamed = store.remove_renamed(&pipeline.name, &folders);
        let relative = |path: &Path| path.strip_prefix(&pipeline.root).unwrap_or(path).to_owned();
        for RenamedStage { folder, new, backup } in renamed.unwrap_or_else(|error| {
            self.warn(format!("cannot remove the outputs of a renamed stage: {error}"));
            Vec::new()
        }) {
            let backup = backup.map_or_else(String::new, |backup| {
                format!("; its edited files are now in {}", relative(&backup).display())
            });
            let (folder, new) = (relative(&folder), &pipeline.stages[new].id);
            self.warn(format!(
                "removed {}: '{new}' has the same outputs{backup}",
                folder.display()
            ));
        }
    }

    /// Writes the run folder's outputs and summary.
    fn conclude(&self, start: Instant, started: String) -> Result<RunSummary, RunError> {
        let PreparedRun { pipeline, store, registry, options, planned, .. } = &*self.run;
        let folder = self.run.folder.as_ref();
        // Exporting is work too: the run's time includes it.
        if let Some(folder) = folder {
            for damage in folder.export(store, pipeline, *registry, &self.records)? {
                self.warn(format!("{damage}; the next run recomputes it"));
            }
        }
        self.remove_renamed();
        let selected = planned.selection.indices();
        let stages: Vec<_> = selected.filter_map(|at| self.summaries[at].clone()).collect();
        let summary = RunSummary {
            run: folder.map(|folder| folder.id.clone()),
            folder: folder.map(|folder| folder.path.clone()),
            pipeline: pipeline.name.clone(),
            outcome: overall(&stages),
            started,
            finished: now(),
            seconds: start.elapsed().as_secs_f64(),
            files: planned.stats,
            device: options.device.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            info: options.note.clone(),
            stages,
        };
        if let Some(folder) = folder {
            let records = pipeline.stages.iter().zip(&self.records);
            let partial = records.filter_map(|(stage, record)| {
                Some((stage.id.0.as_str(), record.as_ref()?.meta.partial.as_deref()?))
            });
            folder.conclude(&summary, partial)?;
        }
        Ok(summary)
    }
}

/// Returns the selected stages except those that are fresh and have no upstream in the set: what is
/// recomputed may come out different.
fn due(run: &PreparedRun) -> BTreeSet<usize> {
    let mut due = BTreeSet::new();
    for index in run.planned.selection.indices() {
        let mut upstreams = run.pipeline.stages[index].upstreams();
        let is_fresh = run.planned.plan.stages[index].verdict == Verdict::Fresh;
        if !is_fresh || upstreams.any(|up| due.contains(&up.stage)) {
            due.insert(index);
        }
    }
    due
}

fn demands(run: &PreparedRun) -> Vec<Demand> {
    let demand = |stage: &StageInstance| Demand {
        upstream: stage.upstreams().map(|up| up.stage).collect(),
        load: run.options.machine.load(stage),
        exclusive: stage.exclusive.clone(),
    };
    run.pipeline.stages.iter().map(demand).collect()
}
