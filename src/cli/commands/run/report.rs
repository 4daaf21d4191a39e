//! The messages at the end of a run: failures, and where the results are.

use super::Output;
use crate::event::{Outcome, RunOutcome};
use crate::runner::{InputStats, RunSummary};
use crate::text::{count_of, sanitize};
use std::path::Path;

/// Paths listed per kind of result.
const MAX_LISTED: usize = 4;

/// Prints failed stages, results, and the run folder.
pub(super) fn print_outcome(root: &Path, pipeline: &str, summary: &RunSummary, output: Output) {
    let print = |text: String| output.print_message(&sanitize(&text));
    for stage in summary.stages.iter().filter(|stage| stage.outcome == Outcome::Failed) {
        let text = format!("stage '{}': {}", stage.name, stage.detail);
        output.error(&sanitize(&text), stage.hint.as_deref());
    }
    if summary.outcome == RunOutcome::Interrupted {
        print(format!("finished stages are kept; rerun to resume '{pipeline}'"));
    }
    for stage in &summary.stages {
        if let Some(partial) = &stage.partial {
            print(format!("'{}' {partial}; run without --finish-early to complete it", stage.name));
        }
    }
    if matches!(summary.outcome, RunOutcome::Done | RunOutcome::Fresh) {
        let songs = outputs(summary, "generate", "songs/midi/");
        let folders = songs.iter().filter_map(|song| Path::new(song).parent());
        let folders = folders.map(|folder| folder.display().to_string()).collect::<Vec<_>>();
        for (label, paths) in
            [("songs: ", folders), ("report:", outputs(summary, "evaluate", "report.html"))]
        {
            paths.iter().take(MAX_LISTED).for_each(|path| print(format!("{label} {path}")));
            if paths.len() > MAX_LISTED {
                print(format!("{label} and {} more", paths.len() - MAX_LISTED));
            }
        }
    }
    if summary.outcome == RunOutcome::Fresh {
        let what = match summary.stages.len() {
            1 => "its stage is fresh".to_owned(),
            _ => format!("all {} are fresh", count_of(summary.stages.len(), "stage")),
        };
        let read = match summary.files {
            InputStats { read: 0, .. } => String::new(),
            InputStats { known: 1, .. } => " (its input file was read)".into(),
            InputStats { known, read, .. } => format!(" ({read} of {known} input files were read)"),
        };
        print(format!("{pipeline}: nothing to do, {what}{read}"));
    }
    if let Some(folder) = &summary.folder {
        print(format!("run:    {}", folder.strip_prefix(root).unwrap_or(folder).display()));
    }
}

/// Returns the first output of each stage of `kind` whose path contains `path`.
fn outputs(summary: &RunSummary, kind: &str, path: &str) -> Vec<String> {
    let stages = summary.stages.iter().filter(|stage| stage.kind == kind);
    stages.filter_map(|stage| stage.outputs.iter().find(|o| o.contains(path)).cloned()).collect()
}
