//! `partita runs`: context runs as a list, one of them, two side by side.
//!
//! JSON, all times in UTC, all seconds as numbers, `null` where something is not known:
//!
//! - `runs list`: `{"runs": [HEAD..], "more": N, "unreadable": [{"folder", "why"}..]}`, where HEAD is
//!   `{"run", "pipeline", "outcome", "started", "seconds", "counts": {OUTCOME: N..}, "f1": {STAGE: X..}}`.
//!   `outcome` is `done`, `fresh`, `failed`, `interrupted`, `running` or `unfinished` (killed).
//! - `runs show`: HEAD and `{"about", "file", "folder", "finished", "info", "seed", "device", "version",
//!   "stages": [{"name", "kind", "outcome", "seconds", "detail", "hint", "fingerprint", "outputs"}..],
//!   "parameters": [{"stage", "name", "value", "default"}..], "metrics": {STAGE: metrics.json..},
//!   "songs": [PATH..], "reports": [PATH..]}`. `parameters` are those that differ from the kind's own.
//! - `runs diff`: `{"a": HEAD, "b": HEAD, "equal": BOOL, "changes": [{"stage", "what", "a", "b"}..],
//!   "added": [STAGE..], "removed": [STAGE..], "metrics": [{"stage", "name", "a", "b", "difference",
//!   "better": "a"|"b"|null}..], "other_samples": [STAGE..], "stages": [{"name", "a": {"outcome",
//!   "seconds"}|null, "b": .., "outputs": "same"|"equal"|"differ"|"unknown"|"missing",
//!   "reasons": [as in `status`..]}..]}`. `same`: one fingerprint; `equal`: made another way, with the
//!   same bytes; `unknown`: the store kept no record of both. With `--html` and not two runs: `{"html": PATH}`.

mod diff;
mod format;
mod list;
mod page;
mod show;

use super::super::args::{Runs, RunsCommand};
use super::super::failure::{ExitCode, Failure};
use super::super::output::Output;
use super::super::project;
use crate::event::Outcome;
use crate::history::{FindError, History, PastRun, StageMetrics, UnreadableRun, figures};
use crate::stages;
use crate::store::Store;
use crate::text::style::BAD;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The figure that stands for all others.
const F1: &str = "reconstruction.f1";

pub(in super::super) fn runs(
    start: &Path,
    arguments: Runs,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let store = project::store_to_read(&root)?;
    let history =
        History::open(&store).map_err(|error| Failure::usage("runs", error.to_string()))?;
    let context = RunsContext { root, store, history, output };
    match arguments.what.unwrap_or(RunsCommand::List(arguments.list)) {
        RunsCommand::List(list) => list::list(&context, &list),
        RunsCommand::Show(show) => show::show(&context, &show.run),
        RunsCommand::Diff(diff) => diff::diff(&context, &diff),
    }
}

/// What all three commands read.
struct RunsContext {
    root: PathBuf,
    store: Store,
    history: History,
    output: Output,
}

impl RunsContext {
    /// The run that a person means, and what it measured.
    fn open(&self, written: &str) -> Result<(PastRun, Vec<StageMetrics>), Failure> {
        let id = self.history.find(written).map_err(unknown)?;
        let unreadable = |error: UnreadableRun| {
            let (path, why) = (self.shown(&error.path), error.why);
            Failure::usage("unreadable_run", format!("{path}: {why}"))
                .hint("the folder can be removed: nothing depends on it")
        };
        let run = self.history.read(&id).map_err(unreadable)?;
        Ok((run.clone(), self.figures(&run)))
    }

    fn figures(&self, run: &PastRun) -> Vec<StageMetrics> {
        let (figures, damaged) = figures(run, stages::registry());
        damaged.iter().for_each(|damaged| self.warn(damaged));
        figures
    }

    fn warn(&self, unreadable: &UnreadableRun) {
        let UnreadableRun { path, why } = unreadable;
        self.output.print_message(&format!("{BAD}warning{BAD:#}: {}: {why}", self.shown(path)));
    }

    /// A path as people read it: relative to the project.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

fn unknown(error: FindError) -> Failure {
    let message = error.to_string();
    match error {
        FindError::Nothing => Failure::usage("no_runs", message).hint("partita run PIPELINE"),
        FindError::Unknown { near: Some(near), .. } => {
            Failure::usage("unknown_run", message).hint(format!("did you mean '{near}'?"))
        }
        FindError::Unknown { near: None, .. } => Failure::usage("unknown_run", message)
            .hint("'partita runs' lists them; part of an id, last or last~1 will do"),
        FindError::TooFar { .. } => {
            Failure::usage("unknown_run", message).hint("'partita runs' lists them")
        }
        FindError::Ambiguous { matches, .. } => {
            const NAMED: usize = 3;
            let named = matches.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let rest = if matches.len() > NAMED { "..." } else { "" };
            Failure::usage("ambiguous_run", message).hint(format!("give more of it: {named}{rest}"))
        }
    }
}

/// How many stages ended each way, in a fixed order.
fn counts(run: &PastRun) -> Vec<(Outcome, usize)> {
    use Outcome::{Blocked, Failed, Fresh, Interrupted, Ran, Restored};
    let count = |outcome| run.stages.iter().filter(|stage| stage.outcome == Some(outcome)).count();
    [Ran, Restored, Fresh, Failed, Blocked, Interrupted].map(|how| (how, count(how))).to_vec()
}

/// HEAD of the module's page.
fn head(run: &PastRun, figures: &[StageMetrics]) -> Map<String, Value> {
    let counts: Map<String, Value> = counts(run)
        .into_iter()
        .map(|(outcome, count)| (outcome.to_string(), json!(count)))
        .collect();
    let f1: Map<String, Value> = figures
        .iter()
        .filter_map(|stage| Some((stage.stage.clone(), json!(stage.number(F1)?))))
        .collect();
    let head = json!({
        "run": run.id, "pipeline": run.pipeline.pipeline, "outcome": run.outcome,
        "started": run.started, "seconds": run.seconds, "counts": counts, "f1": f1,
    });
    if let Value::Object(head) = head { head } else { Map::new() }
}
