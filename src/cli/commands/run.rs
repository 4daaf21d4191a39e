//! `partita run`.

use super::super::args::{DeviceChoice, ProgressChoice, Run, Wait};
use super::super::failure::{ExitCode, Failure};
use super::super::output::{BAD, HINT, Output, colour};
use super::super::{interrupt, project};
use super::{status, watch};
use crate::event::{EventSink, Fanout, Outcome};
use crate::plan::Request;
use crate::progress::{self, Lines, Mode};
use crate::runner::{Options, Prepared, RunSummary, look};
use crate::spec::Pipeline;
use crate::stage::{Device, Stop};
use crate::stages;
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(in super::super) fn run(
    start: &Path,
    arguments: Run,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    if arguments.watch {
        return watch::watch(&root, &arguments, output);
    }
    let pipeline = project::load(&root, &arguments.pipeline, &arguments.set)?;
    let device = device(arguments.device)?;
    let request = request(&arguments);
    if arguments.dry_run {
        let store = project::store_to_read(&root)?;
        let (plan, selection) = look(&pipeline, &store, &request, arguments.paranoid)?;
        status::show(&pipeline, &plan, &selection, output);
        return Ok(ExitCode::Done);
    }
    let options = options(&arguments, request, device);
    execute(&root, &pipeline, options, &arguments, output)
}

fn execute(
    root: &Path,
    pipeline: &Pipeline,
    options: Options,
    arguments: &Run,
    output: Output,
) -> Result<ExitCode, Failure> {
    let store = project::store(root)?;
    let stop = Stop::default();
    let screen = screen(arguments);
    interrupt::listen(stop.clone(), Arc::clone(&screen));
    let prepared = Prepared::new(pipeline, &store, stages::registry(), options, &stop)?;
    let summary = carry_out(prepared, screen, &stop, output)?;
    conclude(root, pipeline, &summary, output);
    Ok(exit_code(&summary))
}

/// Does what was prepared, shown on the screen and kept in the run folder.
pub(super) fn carry_out(
    prepared: Prepared<'_>,
    screen: Arc<dyn EventSink>,
    stop: &Stop,
    output: Output,
) -> Result<RunSummary, Failure> {
    // With nothing to do there is nothing to watch: one line at the end says so.
    let mut sinks = Vec::new();
    let mut journal = None;
    if prepared.folder().is_none() {
        for (stage, reason) in prepared.stale_upstreams() {
            output.tell(&format!(
                "'{stage}' is taken as last recorded, though it is stale: {reason}"
            ));
        }
    }
    if let Some(folder) = prepared.folder() {
        let file = fs_err::File::create(folder.path.join("events.jsonl"));
        let lines = Arc::new(Lines::new(file.map_err(crate::store::StoreError::Io)?));
        journal = Some(Arc::clone(&lines));
        sinks = vec![screen, lines as Arc<dyn EventSink>];
    }
    let summary = prepared.execute(Arc::new(Fanout::new(sinks)), stop)?;
    if let Some(error) = journal.and_then(|lines| lines.take_error()) {
        output.tell(&format!("{BAD}warning{BAD:#}: events.jsonl is incomplete: {error}"));
    }
    Ok(summary)
}

fn exit_code(summary: &RunSummary) -> ExitCode {
    match summary.outcome {
        "failed" => ExitCode::Failed,
        "interrupted" => ExitCode::Interrupted,
        _ => ExitCode::Done,
    }
}

/// Where a run is shown.
pub(super) fn screen(arguments: &Run) -> Arc<dyn EventSink> {
    progress::sink(mode(arguments.progress), std::io::stderr().is_terminal(), colour())
}

/// Which stages are asked for.
pub(super) fn request(arguments: &Run) -> Request {
    Request {
        only: arguments.only.clone(),
        from: arguments.from.clone(),
        until: arguments.until.clone(),
        force: arguments.force.clone(),
    }
}

pub(super) fn options(arguments: &Run, request: Request, device: Device) -> Options {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Options {
        request,
        jobs: arguments.jobs.map_or(cores, usize::from),
        keep_going: arguments.keep_going,
        wait: match arguments.wait {
            None => Some(Duration::ZERO),
            Some(Wait::Forever) => None,
            Some(Wait::Seconds(seconds)) => Some(Duration::from_secs_f64(seconds)),
        },
        paranoid: arguments.paranoid,
        run_id: arguments.run_id.clone(),
        run_info: arguments.run_info.clone(),
        device,
    }
}

pub(super) fn device(choice: DeviceChoice) -> Result<Device, Failure> {
    match choice {
        DeviceChoice::Auto | DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Cuda(_) => {
            Err(Failure::usage("no_cuda", "this build computes on the processor alone")
                .hint("use --device cpu or leave it out"))
        }
    }
}

fn mode(choice: ProgressChoice) -> Mode {
    match choice {
        ProgressChoice::Auto => Mode::Auto,
        ProgressChoice::Bars => Mode::Bars,
        ProgressChoice::Plain => Mode::Plain,
        ProgressChoice::Json => Mode::Json,
        ProgressChoice::None => Mode::None,
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
            output.tell(&format!("{BAD}error{BAD:#}: stage '{}': {}", stage.name, stage.detail));
            if let Some(hint) = &stage.hint {
                output.tell(&format!("  {HINT}hint{HINT:#}: {hint}"));
            }
        }
    }
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    if summary.outcome == "interrupted" {
        output.tell(&format!(
            "what was finished is kept: the same command goes on with '{}' from here",
            pipeline.name
        ));
    }
    if summary.outcome == "done" || summary.outcome == "fresh" {
        let songs = places(summary, "generate", "songs/midi/");
        let folders = songs.iter().filter_map(|song| Path::new(song).parent());
        tell_places(
            "songs: ",
            &folders.map(|f| f.display().to_string()).collect::<Vec<_>>(),
            output,
        );
        tell_places("report:", &places(summary, "evaluate", "report.html"), output);
    }
    if summary.outcome == "fresh" {
        let what = match summary.stages.len() {
            1 => "its stage is fresh".to_owned(),
            count => format!("all {count} stages are fresh"),
        };
        output.tell(&format!("{}: nothing to do, {what}", pipeline.name));
    }
    if let Some(folder) = &summary.folder {
        output.tell(&format!("run:    {}", shown(folder)));
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
    places.iter().take(TOLD).for_each(|place| output.tell(&format!("{label} {place}")));
    if places.len() > TOLD {
        output.tell(&format!("{label} and {} more", places.len() - TOLD));
    }
}
