//! The stages of a run without an end, from its `events.jsonl`.

use super::past_run::PastStage;
use crate::event::Outcome;
use crate::runner::{ResolvedPipeline, ResolvedStage};
use crate::store::Files;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    StageStarted { stage: String },
    StageFinished(StageFinished),
}

#[derive(Default, Deserialize)]
struct StageFinished {
    stage: String,
    outcome: Option<Outcome>,
    seconds: f64,
    detail: String,
    partial: Option<String>,
}

/// Returns the stages that started or ended, in the pipeline's order. Other and unreadable lines, such as a
/// truncated last one, are skipped.
pub(super) fn stages(files: &Files, path: &Path, pipeline: &ResolvedPipeline) -> Vec<PastStage> {
    let Ok(file) = files.open(path) else { return Vec::new() };
    let mut ends: HashMap<String, StageFinished> = HashMap::new();
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        let end = match serde_json::from_str(&line) {
            Ok(Line::StageStarted { stage }) => StageFinished { stage, ..Default::default() },
            Ok(Line::StageFinished(end)) => end,
            Err(_) => continue,
        };
        ends.insert(end.stage.clone(), end);
    }
    let past = |stage: &ResolvedStage| {
        let end = ends.remove(&stage.name)?;
        Some(PastStage {
            name: end.stage,
            kind: stage.uses.clone(),
            outcome: end.outcome,
            seconds: end.seconds,
            detail: end.detail,
            partial: end.partial,
            ..PastStage::default()
        })
    };
    pipeline.stages.iter().filter_map(past).collect()
}
