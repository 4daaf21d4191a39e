//! `partita run --watch`: runs, waits for a change, plans again and runs what that needs.
//!
//! A round that finds nothing to do says nothing. An invalid pipeline, a missing input or a failed stage
//! is told once, and the next change is waited for. What no edit can mend at the start (another run holds
//! the pipeline, a wrong `--set`) ends the call as it would without `--watch`; later on a lock is waited
//! for. Ctrl-C ends with 0 while it waits and with 130 in a run. With `--json` each round that ran or
//! failed is one line: the object of `run --json`, or `{"error": ..}`.

use super::super::args::Run;
use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use super::super::verdicts::{shorten, summary_of};
use super::super::{interrupt, project};
use super::run;
use crate::event::{Event, EventSink, RunOutcome};
use crate::fingerprint::Digest;
use crate::plan::Verdict;
use crate::runner::{
    HashProgress, Options, PreparedRun, ResolvedPipeline, RunError, RunSummary, WatchMode, Watcher,
    preview, snapshot_inputs,
};
use crate::spec::{self, Pipeline};
use crate::stage_api::CancelToken;
use crate::stages;
use crate::store::{Store, StoreError};
use crate::text::style::BUSY;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shows events only while a run is under way: Ctrl-C that ends a wait has no step to wait for.
struct Door {
    screen: Arc<dyn EventSink>,
    open: AtomicBool,
}

impl EventSink for Door {
    fn emit(&self, event: &Event) {
        if self.open.load(Ordering::SeqCst) {
            self.screen.emit(event);
        }
    }
}

/// What all rounds share.
struct Rounds<'a> {
    root: &'a Path,
    arguments: &'a Run,
    output: Output,
    store: Store,
    file: PathBuf,
    door: Arc<Door>,
    stop: CancelToken,
    /// Whether a run was begun.
    began: bool,
    /// How many runs made a folder.
    runs: usize,
    /// What a run that failed was asked to do: asked once more, it would fail once more.
    failed: Option<Asked>,
    /// The pipeline when it was valid last: what it names is watched on.
    valid: Option<Pipeline>,
    /// The failure that was told last, so that it is told once.
    told: Option<serde_json::Value>,
}

/// Everything that a person gives a run: the pipeline, and each input file's path and content.
type Asked = (ResolvedPipeline, Vec<(String, Option<Digest>)>);

/// How a round went.
enum Round {
    /// There was a run, with this outcome.
    Ran(RunOutcome),
    NothingToDo,
}

pub(super) fn watch(root: &Path, arguments: &Run, output: Output) -> Result<ExitCode, Failure> {
    let file = spec::locate(root, &arguments.pipeline)?;
    run::device(arguments.device)?;
    let door = Door { screen: run::screen(arguments), open: AtomicBool::new(false) };
    let rounds = Rounds {
        root,
        arguments,
        output,
        store: project::store(root)?,
        file: std::path::absolute(&file).unwrap_or(file),
        door: Arc::new(door),
        stop: CancelToken::default(),
        began: false,
        runs: 0,
        failed: None,
        valid: None,
        told: None,
    };
    let listener = Arc::clone(&rounds.door) as Arc<dyn EventSink>;
    interrupt::listen(rounds.stop.clone(), listener);
    match rounds.go_on() {
        Err(failure) if output.json => {
            output.json_line(&failure.json());
            Ok(failure.exit())
        }
        ended => ended,
    }
}

impl Rounds<'_> {
    fn go_on(mut self) -> Result<ExitCode, Failure> {
        let mut first = true;
        loop {
            let (watch, loaded) = self.arm()?;
            let told = match loaded.and_then(|pipeline| self.round(&Arc::new(pipeline), first)) {
                Ok(Round::Ran(RunOutcome::Interrupted)) => return Ok(ExitCode::Interrupted),
                Ok(Round::Ran(_)) => true,
                Ok(Round::NothingToDo) => self.mended(),
                Err(failure) if failure.exit() == ExitCode::Interrupted => return Err(failure),
                Err(failure) if first && !failure.is_in_file() => return Err(failure),
                Err(failure) => self.fail(&failure),
            };
            if told || first {
                self.tell_watched(&watch, first);
            }
            first = false;
            if !watch.wait(&self.stop) {
                return Ok(ExitCode::Done);
            }
        }
    }

    /// Watches what the pipeline names, and reads it: in this order, so that no edit falls between.
    fn arm(&mut self) -> Result<(Watcher, Result<Pipeline, Failure>), Failure> {
        loop {
            let before = fs_err::read(&self.file).ok();
            let loaded = project::load(self.root, &self.arguments.pipeline, &self.arguments.set);
            if let Ok(pipeline) = &loaded {
                self.valid = Some(pipeline.clone());
            }
            let artifacts = &self.store.layout().root;
            let watch = Watcher::new(&self.file, self.valid.as_ref(), artifacts);
            let watch = watch.map_err(|error| Failure::usage("watch", error.to_string()))?;
            if fs_err::read(&self.file).ok() == before {
                return Ok((watch, loaded));
            }
        }
    }

    fn round(&mut self, pipeline: &Arc<Pipeline>, first: bool) -> Result<Round, Failure> {
        let options = self.options()?;
        let asked = self.asked(pipeline)?;
        if !first {
            // Without a lock: whoever changes what does not matter disturbs no other run.
            let (registry, request) = (stages::registry(), &options.request);
            let found = preview(
                pipeline,
                &self.store,
                registry,
                request,
                options.rehash,
                &self.attention(),
            )?;
            let (plan, selection) = (found.plan, found.selection);
            let mut stages = selection.indices();
            let stale = stages.find(|&index| plan.stages[index].verdict != Verdict::Fresh);
            let Some(index) = stale.filter(|_| self.failed.as_ref() != Some(&asked)) else {
                return Ok(Round::NothingToDo);
            };
            let (stage, reason) = (&pipeline.stages[index].id, summary_of(&plan.stages[index]));
            let told = format!("{stage}: {reason}");
            self.output.print_message(&format!("{BUSY}changed{BUSY:#}: {}", shorten(&told, 90)));
        }
        self.told = None;
        self.began = true;
        self.door.open.store(true, Ordering::SeqCst);
        let summary = self.execute(pipeline, options, first);
        self.door.open.store(false, Ordering::SeqCst);
        let summary = summary?;
        self.failed = (summary.outcome == RunOutcome::Failed).then_some(asked);
        self.runs += usize::from(summary.run.is_some());
        if self.output.json {
            self.output.json_line(&json!(summary));
        } else {
            run::tell(self.root, pipeline, &summary, self.output);
        }
        Ok(Round::Ran(summary.outcome))
    }

    /// Where the reading of input files is shown, and what stops it.
    fn attention(&self) -> HashProgress<'_> {
        HashProgress { sink: &*self.door, cancel: &self.stop }
    }

    fn asked(&self, pipeline: &Pipeline) -> Result<Asked, Failure> {
        let surveyed =
            snapshot_inputs(pipeline, || self.store.file_index(), true, &self.attention());
        let (surveyed, _, mut index) = surveyed.map_err(RunError::Snapshot)?;
        // What was read now need not be read again by the round itself; who cannot write reads again.
        let _ = self.store.save_file_index(&mut index);
        let files = surveyed.files.values().flat_map(|files| files.iter());
        let files = files.map(|file| (file.path.clone(), file.content.map(|(_, digest)| digest)));
        Ok((pipeline.into(), files.collect()))
    }

    /// The first run is the one that was asked for; what follows forces nothing, and its folders are
    /// named `B-2`, `B-3`... after the first one's `B`.
    fn options(&self) -> Result<Options, Failure> {
        let mut request = run::request(self.arguments);
        if self.began {
            request.force.clear();
        }
        let device = run::device(self.arguments.device)?;
        let mut options = run::options(self.arguments, request, device);
        if let Some(id) = &mut options.run_id
            && self.runs > 0
        {
            *id = format!("{id}-{}", self.runs + 1);
        }
        Ok(options)
    }

    fn execute(
        &self,
        pipeline: &Arc<Pipeline>,
        mut options: Options,
        first: bool,
    ) -> Result<RunSummary, Failure> {
        let prepare = |options: &Options| {
            let options = options.clone();
            PreparedRun::new(pipeline, &self.store, stages::registry(), options, &self.attention())
        };
        let mut prepared = prepare(&options);
        if let Err(RunError::Store(error @ StoreError::Locked { .. })) = &prepared
            && !first
        {
            // To wait for the next change would lose this one.
            self.output.print_message(&format!("{error}; this one waits for it"));
            options.wait = None;
            prepared = prepare(&options);
        }
        let screen = Arc::clone(&self.door) as Arc<dyn EventSink>;
        run::carry_out(prepared?, screen, &self.stop, self.output)
    }

    /// Tells a failure that was not told just before; whether it was told.
    fn fail(&mut self, failure: &Failure) -> bool {
        let value = failure.json();
        if self.told.as_ref() == Some(&value) {
            return false;
        }
        if self.output.json {
            self.output.json_line(&value);
        } else {
            self.output.failure(failure);
        }
        self.told = Some(value);
        true
    }

    /// What was wrong is no more, and nothing is to do; whether there was something wrong.
    fn mended(&mut self) -> bool {
        let was_wrong = self.told.take().is_some();
        if was_wrong {
            self.output.print_message("mended: nothing to do");
        }
        was_wrong
    }

    fn tell_watched(&self, watch: &Watcher, first: bool) {
        if first {
            match watch.mode() {
                WatchMode::Events => {}
                WatchMode::PollNoCapacity => self.output.print_message(
                    "the system watches no more folders for us: every file is looked at each two \
                     seconds instead\n  hint: raise fs.inotify.max_user_watches",
                ),
                WatchMode::PollUnsupported => self.output.print_message(
                    "the file system does not tell of changes: every file is looked at each two seconds",
                ),
            }
        }
        let folders = match watch.folders() {
            1 => "1 folder".to_owned(),
            count => format!("{count} folders"),
        };
        self.output.print_message(&format!("watching {folders}; Ctrl-C ends"));
    }
}
