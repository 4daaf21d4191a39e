//! What a run without an end came to, out of its `events.jsonl`.

use super::read::PastStage;
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
    },
    #[serde(other)]
    Else,
}

/// The stages that began or ended, in the pipeline's order. The last line may be half written, and
/// what cannot be read tells nothing.
pub(super) fn stages(path: &Path, pipeline: &ResolvedPipeline) -> Vec<PastStage> {
    let Ok(file) = fs_err::File::open(path) else { return Vec::new() };
    let mut ends: HashMap<String, Option<(Outcome, f64, String)>> = HashMap::new();
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Line::StageStarted { stage }) => {
                ends.insert(stage, None);
            }
            Ok(Line::StageFinished { stage, outcome, seconds, detail }) => {
                ends.insert(stage, Some((outcome, seconds, detail)));
            }
            Ok(Line::Else) | Err(_) => {}
        }
    }
    let past = |stage: &crate::runner::ResolvedStage| {
        let end = ends.remove(&stage.name)?;
        let (outcome, seconds, detail) = match end {
            Some((outcome, seconds, detail)) => (Some(outcome), seconds, detail),
            None => (None, 0.0, String::new()),
        };
        Some(PastStage {
            name: stage.name.clone(),
            kind: stage.uses.clone(),
            outcome,
            seconds,
            outputs: Vec::new(),
            fingerprint: None,
            detail,
            hint: None,
        })
    };
    pipeline.stages.iter().filter_map(past).collect()
}
