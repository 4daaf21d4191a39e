//! `partita runs`: lists, shows and compares past runs.
//!
//! JSON, with times in UTC, seconds as numbers and `null` for unknown values:
//!
//! - `runs list`: `{"runs": [HEAD..], "more": N, "unreadable": [{"folder", "why"}..]}`, where HEAD is
//!   `{"run", "pipeline", "outcome", "started", "seconds", "counts": {OUTCOME: N..}, "f1": {STAGE: X..}}`.
//!   `outcome` is `done`, `fresh`, `failed`, `interrupted`, `running` or `unfinished` (killed).
//! - `runs show`: HEAD and `{"about", "file", "folder", "finished", "info", "seed", "device", "version",
//!   "stages": [{"name", "kind", "outcome", "seconds", "detail", "hint", "fingerprint", "outputs",
//!   "partial"}..], "parameters": [{"stage", "name", "value", "default"}..], "metrics": {STAGE:
//!   metrics.json..}, "songs": [PATH..], "reports": [PATH..]}`. `parameters` are those that differ from the
//!   default of their kind.
//! - `runs diff`: `{"a": HEAD, "b": HEAD, "equal": BOOL, "changes": [{"stage", "what", "a", "b"}..],
//!   "added": [STAGE..], "removed": [STAGE..], "metrics": [{"stage", "name", "a", "b", "difference",
//!   "better": "a"|"b"|null}..], "other_samples": [STAGE..], "stages": [{"name", "a": {"outcome",
//!   "seconds"}|null, "b": .., "outputs": "same"|"equal"|"differ"|"unknown"|"missing",
//!   "reasons": [as in `status`..]}..]}`. `same`: equal fingerprints; `equal`: other fingerprints, equal
//!   bytes; `unknown`: the store lacks a record. With `--html` and not two runs: `{"html": PATH}`.

mod diff;
mod format;
mod list;
mod page;
mod show;

use super::args::{self, RunsCommand};
use super::{CommandResult, ExitCode, Failure, Output, project, width};
use crate::event::Outcome;
use crate::history::{FindError, History, PastRun, StageMetrics, UnreadableRun, metrics};
use crate::stages;
use crate::store::Store;
use crate::text::style::BAD;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The metric that summarizes a run.
const F1: &str = "reconstruction.f1";

pub(in crate::cli) fn runs(root: PathBuf, command: &RunsCommand, output: Output) -> CommandResult {
    let store = project::store_to_read(&root)?;
    let history = History::open(&store).map_err(|e| Failure::usage("runs", e.to_string()))?;
    let context = RunsContext { root, store, history, output };
    match command {
        RunsCommand::List(list) => list::list(&context, list),
        RunsCommand::Show { run } => show::show(&context, run),
        RunsCommand::Diff(diff) => diff::diff(&context, diff),
    }
}

/// What all three commands use.
struct RunsContext {
    root: PathBuf,
    store: Store,
    history: History,
    output: Output,
}

/// A run and its metrics.
type MeasuredRun = (PastRun, Vec<StageMetrics>);

impl RunsContext {
    /// Reads the run that the user names.
    fn open(&self, written: &str) -> Result<MeasuredRun, Failure> {
        let id = self.history.find(written).map_err(unknown)?;
        self.read(&id).map_err(|UnreadableRun { path, why }| {
            Failure::usage("unreadable_run", format!("{}: {why}", self.relative(&path)))
                .hint("the folder can be removed: nothing depends on it")
        })
    }

    /// Reads a run and warns of metrics that cannot be read.
    fn read(&self, id: &str) -> Result<MeasuredRun, UnreadableRun> {
        let run = self.history.read(id)?;
        let (metrics, unreadable) = metrics(&run, stages::registry());
        unreadable.iter().for_each(|unreadable| self.warn(unreadable));
        Ok((run, metrics))
    }

    fn warn(&self, unreadable: &UnreadableRun) {
        let UnreadableRun { path, why } = unreadable;
        self.output.print_message(&format!("{BAD}warning{BAD:#}: {}: {why}", self.relative(path)));
    }

    /// Returns a path relative to the project.
    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

fn unknown(error: FindError) -> Failure {
    let (code, hint) = match &error {
        FindError::Nothing => ("no_runs", "partita run PIPELINE".to_owned()),
        FindError::Unknown { near, .. } => {
            const HINT: &str = "'partita runs' lists them; part of an id, last or last~1 will do";
            let near = near.as_ref().map(|near| format!("did you mean '{near}'?"));
            ("unknown_run", near.unwrap_or_else(|| HINT.to_owned()))
        }
        FindError::TooFar { .. } => ("unknown_run", "'partita runs' lists them".to_owned()),
        FindError::Ambiguous { matches, .. } => {
            const MAX_LISTED: usize = 3;
            let listed = matches[..MAX_LISTED.min(matches.len())].join(", ");
            let rest = if matches.len() > MAX_LISTED { "..." } else { "" };
            ("ambiguous_run", format!("use more of the id: {listed}{rest}"))
        }
    };
    Failure::usage(code, error.to_string()).hint(hint)
}

/// Returns the number of stages per outcome, in a fixed order.
fn counts(run: &PastRun) -> [(Outcome, usize); 7] {
    use Outcome::{Blocked, Failed, Fresh, Interrupted, NotStarted, Ran, Restored};
    let count = |outcome| run.stages.iter().filter(|stage| stage.outcome == Some(outcome)).count();
    [Ran, Restored, Fresh, Failed, Blocked, NotStarted, Interrupted]
        .map(|outcome| (outcome, count(outcome)))
}

/// Returns HEAD of the module's documentation.
fn head(run: &PastRun, metrics: &[StageMetrics]) -> Value {
    let counts = counts(run).into_iter();
    let counts = counts.map(|(outcome, count)| (outcome.to_string(), json!(count)));
    let f1 = metrics.iter().filter_map(|m| Some((m.stage.clone(), json!(m.number(F1)?))));
    json!({
        "run": run.id, "pipeline": run.pipeline.pipeline, "outcome": run.status,
        "started": run.started, "seconds": run.seconds, "counts": counts.collect::<Map<_, _>>(),
        "f1": f1.collect::<Map<_, _>>(),
    })
}
