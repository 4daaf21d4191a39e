//! `partita run`.

use super::super::args::{DeviceChoice, Run, Wait};
use super::super::failure::{ExitCode, Failure};
use super::super::output::{Output, progress_sink};
use super::super::verdicts::Telling;
use super::super::{interrupt, machine, project};
use super::{status, watch};
use crate::event::{EventSink, Fanout, Outcome, RunOutcome};
use crate::plan::Request;
use crate::progress::JsonLines;
use crate::runner::{HashProgress, InputStats, Options, PreparedRun, RunError, RunSummary};
use crate::spec::Pipeline;
use crate::stage_api::{CancelToken, Device};
use crate::stages;
use crate::store::StoreError;
use crate::text::style::{BAD, HINT};
use partita_vae::DeviceError;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(in super::super) fn run(
    start: &Path,
    arguments: Run,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    machine::limit_threads(arguments.jobs);
    if arguments.watch {
        return watch::watch(&root, &arguments, output);
    }
    let pipeline = project::load(&root, &arguments.pipeline, &arguments.set)?;
    let device = device(arguments.device)?;
    let request = request(&arguments);
    if arguments.dry_run {
        let store = project::store_to_read(&root)?;
        let found = status::look_with_progress(&pipeline, &store, &request, arguments.paranoid)?;
        found.check(&pipeline, &machine::detect(arguments.jobs, arguments.device))?;
        status::show(&pipeline, &found, Telling::Every, false, output);
        return Ok(ExitCode::Done);
    }
    let options = options(&arguments, request, device);
    execute(&root, &Arc::new(pipeline), options, &arguments, output)
}

fn execute(
    root: &Path,
    pipeline: &Arc<Pipeline>,
    options: Options,
    arguments: &Run,
    output: Output,
) -> Result<ExitCode, Failure> {
    let store = project::store(root)?;
    let stop = CancelToken::default();
    let screen = screen(arguments);
    interrupt::listen(stop.clone(), Arc::clone(&screen));
    let watch = HashProgress { sink: &*screen, cancel: &stop };
    let prepare = |options| PreparedRun::new(pipeline, &store, stages::registry(), options, &watch);
    let prepared = match prepare(Options { wait: Some(Duration::ZERO), ..options.clone() }) {
        Err(RunError::Store(StoreError::Locked { holder, .. }))
            if options.wait != Some(Duration::ZERO) =>
        {
            output.print_message(&format!("waiting for {holder}"));
            prepare(options)?
        }
        prepared => prepared?,
    };
    let summary = carry_out(prepared, screen, &stop, output)?;
    conclude(root, pipeline, &summary, output);
    Ok(exit_code(&summary))
}

/// Does what was prepared, shown on the screen and kept in the run folder.
pub(super) fn carry_out(
    prepared: PreparedRun,
    screen: Arc<dyn EventSink>,
    stop: &CancelToken,
    output: Output,
) -> Result<RunSummary, Failure> {
    // With nothing to do there is nothing to watch: one line at the end says so.
    let mut sinks = Vec::new();
    let mut journal = None;
    if prepared.folder().is_none() {
        prepared.warnings().iter().for_each(|text| output.print_message(text));
    }
    if let Some(folder) = prepared.folder() {
        let file = fs_err::File::create(folder.path.join("events.jsonl"));
        let lines = Arc::new(JsonLines::new(file.map_err(StoreError::Io)?));
        journal = Some(Arc::clone(&lines));
        sinks = vec![screen, lines as Arc<dyn EventSink>];
    }
    // Stages have run by now, so this is no matter of usage.
    let summary = prepared
        .execute(Arc::new(Fanout::new(sinks)), stop)
        .map_err(|error| Failure { exit: Some(ExitCode::Failed), ..error.into() })?;
    if let Some(error) = journal.and_then(|lines| lines.take_error()) {
        output.print_message(&format!("{BAD}warning{BAD:#}: events.jsonl is incomplete: {error}"));
    }
    Ok(summary)
}

fn exit_code(summary: &RunSummary) -> ExitCode {
    match summary.outcome {
        RunOutcome::Failed => ExitCode::Failed,
        RunOutcome::Interrupted => ExitCode::Interrupted,
        RunOutcome::Done | RunOutcome::Fresh => ExitCode::Done,
    }
}

/// Where a run is shown.
pub(super) fn screen(arguments: &Run) -> Arc<dyn EventSink> {
    progress_sink(arguments.progress)
}

/// Which stages are asked for.
pub(super) fn request(arguments: &Run) -> Request {
    Request {
        only: arguments.only.clone(),
        from: arguments.from.clone(),
        until: arguments.until.clone(),
        force: arguments.force.clone(),
        finish_early: arguments.finish,
    }
}

pub(super) fn options(arguments: &Run, request: Request, device: Device) -> Options {
    Options {
        request,
        machine: machine::detect(arguments.jobs, arguments.device),
        keep_going: arguments.keep_going,
        wait: Wait::limit(arguments.wait),
        rehash: arguments.paranoid,
        run_id: arguments.run_id.clone(),
        note: arguments.run_info.clone(),
        device,
    }
}

pub(super) fn device(choice: DeviceChoice) -> Result<Device, Failure> {
    let check = |device: Device| partita_vae::Device::from(device).check();
    let device = match choice {
        DeviceChoice::Auto if check(Device::Cuda(0)).is_ok() => Device::Cuda(0),
        DeviceChoice::Auto | DeviceChoice::Cpu => Device::Cpu,
        DeviceChoice::Cuda(index) => Device::Cuda(index),
    };
    match check(device) {
        Ok(()) => Ok(device),
        Err(error) => {
            let hint = format!("{}; or leave out --device", remedy(&error));
            Err(Failure::usage("no_cuda", error.to_string()).hint(hint))
        }
    }
}

/// What makes a device usable.
fn remedy(error: &DeviceError) -> String {
    match error {
        DeviceError::CudaNotCompiled => "build with 'cargo build --release --features cuda'".into(),
        DeviceError::NoLibrary { library: "cuda" } => "install NVIDIA's driver".into(),
        DeviceError::NoLibrary { .. } => {
            "install the CUDA toolkit, or name its libraries' folder in LD_LIBRARY_PATH".into()
        }
        DeviceError::NoHeaders { .. } => "set CUDA_PATH to the CUDA toolkit's folder".into(),
        DeviceError::NoSuchGpu { found: 0, .. } => {
            "see what 'nvidia-smi' and CUDA_VISIBLE_DEVICES say".into()
        }
        DeviceError::NoSuchGpu { found, .. } => format!("cards count from 0 to {}", found - 1),
    }
}

/// Says what failed, and where the results are.
fn conclude(root: &Path, pipeline: &Pipeline, summary: &RunSummary, output: Output) {
    if output.json {
        output.json(&json!(summary));
    } else {
        tell(root, pipeline, summary, output);
    }
}

/// [`conclude`] for a person.
pub(super) fn tell(root: &Path, pipeline: &Pipeline, summary: &RunSummary, output: Output) {
    for stage in &summary.stages {
        if stage.outcome == Outcome::Failed {
            output.print_message(&format!(
                "{BAD}error{BAD:#}: stage '{}': {}",
                stage.name, stage.detail
            ));
            if let Some(hint) = &stage.hint {
                output.print_message(&format!("  {HINT}hint{HINT:#}: {hint}"));
            }
        }
    }
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    if summary.outcome == RunOutcome::Interrupted {
        output.print_message(&format!(
            "what was finished is kept: the same command goes on with '{}' from here",
            pipeline.name
        ));
    }
    for stage in &summary.stages {
        if let Some(partial) = &stage.partial {
            output.print_message(&format!(
                "'{}' {partial}: a run without --finish goes on with it",
                stage.name
            ));
        }
    }
    if matches!(summary.outcome, RunOutcome::Done | RunOutcome::Fresh) {
        let songs = places(summary, "generate", "songs/midi/");
        let folders = songs.iter().filter_map(|song| Path::new(song).parent());
        tell_places(
            "songs: ",
            &folders.map(|f| f.display().to_string()).collect::<Vec<_>>(),
            output,
        );
        tell_places("report:", &places(summary, "evaluate", "report.html"), output);
    }
    if summary.outcome == RunOutcome::Fresh {
        let what = match summary.stages.len() {
            1 => "its stage is fresh".to_owned(),
            count => format!("all {count} stages are fresh"),
        };
        let read = match summary.files {
            InputStats { read: 0, .. } => String::new(),
            InputStats { known: 1, .. } => " (its input file was read)".into(),
            InputStats { known, read, .. } => format!(" ({read} of {known} input files were read)"),
        };
        output.print_message(&format!("{}: nothing to do, {what}{read}", pipeline.name));
    }
    if let Some(folder) = &summary.folder {
        output.print_message(&format!("run:    {}", shown(folder)));
    }
}

/// The first output of each stage of a kind that lies at a path.
fn places(summary: &RunSummary, kind: &str, path: &str) -> Vec<String> {
    let stages = summary.stages.iter().filter(|stage| stage.kind == kind);
    stages.filter_map(|stage| stage.outputs.iter().find(|o| o.contains(path)).cloned()).collect()
}

/// A line for each of the first few.
fn tell_places(label: &str, places: &[String], output: Output) {
    const TOLD: usize = 4;
    places.iter().take(TOLD).for_each(|place| output.print_message(&format!("{label} {place}")));
    if places.len() > TOLD {
        output.print_message(&format!("{label} and {} more", places.len() - TOLD));
    }
}
