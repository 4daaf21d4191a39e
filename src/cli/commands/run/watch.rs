//! `partita run --watch`: runs, waits for a change, plans again and runs what is stale.
//!
//! A pass with nothing to do prints nothing. An invalid pipeline, a missing input or a failed stage is reported
//! once; then the next change is awaited. An error that no edit can fix (another run holds the lock, a wrong
//! `--set`) ends the first pass as it would without `--watch`; later passes wait for a lock. Ctrl-C exits with 0
//! while waiting and with 130 during a run. With `--json`, each pass that ran or failed prints one line: the object
//! of `run --json`, or `{"error": ..}`.

use super::args::Run;
use super::plan_view::first_reason;
use super::{CommandResult, ExitCode, Failure, Output};
use super::{interrupt, progress_sink, project, report, setup};
use crate::event::{Event, EventSink, RunOutcome};
use crate::fingerprint::Digest;
use crate::plan::{Selection, Verdict};
use crate::runner::{
    HashProgress, Options, PreparedRun, ResolvedPipeline, RunError, RunSummary, WatchMode, Watcher,
    preview, snapshot_inputs,
};
use crate::spec::{self, Pipeline};
use crate::stage_api::CancelToken;
use crate::stages;
use crate::store::{Store, StoreError};
use crate::text::style::{BUSY, HINT};
use crate::text::{count_of, sanitize, truncate};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A sink that forwards events only during a run, so that Ctrl-C while waiting prints nothing.
struct GatedSink {
    sink: Arc<dyn EventSink>,
    enabled: AtomicBool,
}

impl EventSink for GatedSink {
    fn emit(&self, event: &Event) {
        if self.enabled.load(Ordering::SeqCst) {
            self.sink.emit(event);
        }
    }
}

/// State shared by all passes.
struct WatchSession<'a> {
    root: &'a Path,
    arguments: &'a Run,
    output: Output,
    store: Store,
    file: PathBuf,
    sink: Arc<GatedSink>,
    stop: CancelToken,
    /// Whether a run has started.
    has_run: bool,
    /// Number of runs that created a folder.
    folders: usize,
    /// Inputs of the last run if it failed: with the same inputs it would fail again.
    failed: Option<RunInputs>,
    /// The last valid pipeline. While the file is invalid, its inputs are still watched.
    valid: Option<Pipeline>,
    /// The failure printed last, so that it is printed once.
    printed: Option<serde_json::Value>,
}

/// Everything the user gives a run: the pipeline, and path and content of each input file.
type RunInputs = (ResolvedPipeline, Vec<(String, Option<Digest>)>);

pub(super) fn watch(root: &Path, arguments: &Run, output: Output) -> CommandResult {
    let file = spec::locate(root, &arguments.pipeline.name)?;
    setup::device(arguments.device)?;
    let sink = progress_sink(arguments.progress);
    let session = WatchSession {
        root,
        arguments,
        output,
        store: project::store(root)?,
        file: std::path::absolute(&file).unwrap_or(file),
        sink: Arc::new(GatedSink { sink, enabled: AtomicBool::new(false) }),
        stop: CancelToken::default(),
        has_run: false,
        folders: 0,
        failed: None,
        valid: None,
        printed: None,
    };
    interrupt::listen(session.stop.clone(), Arc::clone(&session.sink) as _);
    match session.run() {
        Err(failure) if output.json => {
            output.json_line(&failure.json());
            Ok(failure.exit)
        }
        ended => ended,
    }
}

impl WatchSession<'_> {
    fn run(mut self) -> CommandResult {
        let mut is_first = true;
        loop {
            let (watcher, loaded) = self.arm()?;
            let printed = match loaded.and_then(|p| self.pass(&Arc::new(p), is_first)) {
                Ok(Some(RunOutcome::Interrupted)) => return Ok(ExitCode::Interrupted),
                Ok(Some(_)) => true,
                Ok(None) => self.print_fixed(),
                Err(failure) if failure.exit == ExitCode::Interrupted => return Err(failure),
                Err(failure) if is_first && !failure.is_in_file() => return Err(failure),
                Err(failure) => self.print_failure(&failure),
            };
            if printed || is_first {
                self.print_watched(&watcher, is_first);
            }
            is_first = false;
            if !watcher.wait(&self.stop) {
                return Ok(ExitCode::Done);
            }
        }
    }

    /// Watches the pipeline's files, then loads it: in this order, so that no edit is missed.
    fn arm(&mut self) -> Result<(Watcher, Result<Pipeline, Failure>), Failure> {
        loop {
            let before = fs_err::read(&self.file).ok();
            let loaded = project::load(self.root, &self.arguments.pipeline);
            if let Ok(pipeline) = &loaded {
                self.valid = Some(pipeline.clone());
            }
            let artifacts = &self.store.layout.root;
            let watcher = Watcher::new(&self.file, self.valid.as_ref(), artifacts)
                .map_err(|error| Failure::usage("watch", error.to_string()))?;
            if fs_err::read(&self.file).ok() == before {
                return Ok((watcher, loaded));
            }
        }
    }

    /// Plans and runs once. Returns the outcome of the run; `None` if there was nothing to do.
    fn pass(
        &mut self,
        pipeline: &Arc<Pipeline>,
        is_first: bool,
    ) -> Result<Option<RunOutcome>, Failure> {
        let options = self.options()?;
        let inputs = self.run_inputs(pipeline, &options)?;
        if !is_first {
            // Without a lock: an irrelevant change disturbs no other run.
            let (request, rehash) = (&options.request, options.rehash);
            let (registry, progress) = (stages::registry(), self.hash_progress());
            let found = preview(pipeline, &self.store, registry, request, rehash, &progress)?;
            let planned = &found.plan.stages;
            let stale = found.selection.indices().find(|&at| planned[at].verdict != Verdict::Fresh);
            let Some(at) = stale.filter(|_| self.failed.as_ref() != Some(&inputs)) else {
                return Ok(None);
            };
            let change = format!("{}: {}", pipeline.stages[at].id, first_reason(&planned[at]));
            let change = sanitize(&change);
            self.print(&format!("{BUSY}changed{BUSY:#}: {}", truncate(&change, 90)));
        }
        self.printed = None;
        self.has_run = true;
        self.sink.enabled.store(true, Ordering::SeqCst);
        let summary = self.execute(pipeline, options, is_first);
        self.sink.enabled.store(false, Ordering::SeqCst);
        let summary = summary?;
        self.failed = (summary.outcome == RunOutcome::Failed).then_some(inputs);
        self.folders += usize::from(summary.run.is_some());
        match self.output.json {
            true => self.output.json_line(&json!(summary)),
            false => report::print_outcome(self.root, &pipeline.name, &summary, self.output),
        }
        Ok(Some(summary.outcome))
    }

    fn hash_progress(&self) -> HashProgress<'_> {
        HashProgress { sink: &*self.sink, cancel: &self.stop }
    }

    fn run_inputs(&self, pipeline: &Pipeline, options: &Options) -> Result<RunInputs, Failure> {
        let index = || self.store.file_index();
        let selection = Selection::new(pipeline, &options.request).map_err(RunError::from)?;
        let places = (&self.store.layout, &selection);
        let inputs = snapshot_inputs(pipeline, places, index, true, &self.hash_progress());
        let (surveyed, _, mut index) = inputs.map_err(RunError::Snapshot)?;
        // The run need not read these files again; if the index cannot be saved, it does.
        let _ = self.store.save_file_index(&mut index);
        let files = surveyed.files.values().flat_map(|files| files.iter());
        let files = files.map(|file| (file.path.clone(), file.content.map(|(_, digest)| digest)));
        Ok((pipeline.into(), files.collect()))
    }

    /// Returns the options of the next run. Later runs force nothing; the folders of `--run-id B` are named `B`,
    /// `B-2`, `B-3`...
    fn options(&self) -> Result<Options, Failure> {
        let mut options = setup::options(self.arguments)?;
        if self.has_run {
            options.request.force.clear();
        }
        if let Some(id) = &mut options.run_id
            && self.folders > 0
        {
            *id = format!("{id}-{}", self.folders + 1);
        }
        Ok(options)
    }

    fn execute(
        &self,
        pipeline: &Arc<Pipeline>,
        mut options: Options,
        is_first: bool,
    ) -> Result<RunSummary, Failure> {
        let progress = self.hash_progress();
        let prepare = |options: &Options| {
            let options = options.clone();
            PreparedRun::new(pipeline, &self.store, stages::registry(), options, &progress)
        };
        let mut prepared = prepare(&options);
        if let Err(RunError::Store(error @ StoreError::Locked { .. })) = &prepared
            && !is_first
        {
            // Waiting for the next change instead would lose this one.
            self.print(&format!("{error}; this one waits for it"));
            options.wait = None;
            prepared = prepare(&options);
        }
        setup::execute_shown(prepared?, Arc::clone(&self.sink) as _, &self.stop, self.output)
    }

    fn print(&self, text: &str) {
        self.output.print_message(text);
    }

    /// Prints a failure unless it was printed last. Returns true if it was printed.
    fn print_failure(&mut self, failure: &Failure) -> bool {
        let value = failure.json();
        if self.printed.as_ref() == Some(&value) {
            return false;
        }
        if self.output.json {
            self.output.json_line(&value);
        } else {
            self.output.failure(failure);
        }
        self.printed = Some(value);
        true
    }

    /// Prints that the last failure is fixed. Returns false if there was none.
    fn print_fixed(&mut self) -> bool {
        let was_broken = self.printed.take().is_some();
        if was_broken {
            self.print("fixed; nothing to do");
        }
        was_broken
    }

    fn print_watched(&self, watcher: &Watcher, is_first: bool) {
        match watcher.mode {
            WatchMode::PollNoCapacity if is_first => {
                self.print("out of inotify watches; polling every 2 s");
                self.print(&format!("  {HINT}hint{HINT:#}: raise fs.inotify.max_user_watches"));
            }
            WatchMode::PollUnsupported if is_first => {
                self.print("no change events on this file system; polling every 2 s");
            }
            WatchMode::Events | WatchMode::PollNoCapacity | WatchMode::PollUnsupported => {}
        }
        let folders = count_of(watcher.folders, "folder");
        self.print(&format!("watching {folders}; Ctrl-C ends"));
    }
}
