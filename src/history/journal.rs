//! What a run without an end came to, out of its `events.jsonl`.

use super::past_run::PastStage;
use crate::event::Outcome;
use crate::runner::ResolvedPipeline;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    StageStarted {
        stage: String,
    },
    StageFinished {
        stage: String,
        outcome: Outcome,
        seconds: f64,
        detail: String,
        #[serde(default)]
        partial: Option<String>,
    },
    #[serde(other)]
    Else,
}

/// Outcome, seconds, what came out, and what is missing from it.
type End = (Outcome, f64, String, Option<String>);

/// The stages that began or ended, in the pipeline's order. The last line may be half written, and
/// what cannot be read tells nothing.
pub(super) fn stages(path: &Path, pipeline: &ResolvedPipeline) -> Vec<PastStage> {
    let Ok(file) = fs_err::File::open(path) else { return Vec::new() };
    let mut ends: HashMap<String, Option<End>> = HashMap::new();
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Line::StageStarted { stage }) => {
                ends.insert(stage, None);
            }
            Ok(Line::StageFinished { stage, outcome, seconds, detail, partial }) => {
                ends.insert(stage, Some((outcome, seconds, detail, partial)));
            }
            Ok(Line::Else) | Err(_) => {}
        }
    }
    let past = |stage: &crate::runner::ResolvedStage| {
        let end = ends.remove(&stage.name)?;
        let (outcome, seconds, detail, partial) = match end {
            Some((outcome, seconds, detail, partial)) => (Some(outcome), seconds, detail, partial),
            None => (None, 0.0, String::new(), None),
        };
        Some(PastStage {
            name: stage.name.clone(),
            kind: stage.uses.clone(),
            outcome,
            seconds,
            outputs: Vec::new(),
            fingerprint: None,
            detail,
            partial,
            hint: None,
        })
    };
    pipeline.stages.iter().filter_map(past).collect()
}
