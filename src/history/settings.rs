//! The settings of a stage that its outputs depend on.

use super::pairs::by_name;
use crate::runner::{ResolvedPipeline, ResolvedStage};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A setting that differs between two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// The stage; `None` for the whole pipeline.
    pub stage: Option<String>,
    /// `seed`, `params.epochs`, `where`, `files.midi`, `from.samples`, `run`, `outputs`, `env`, `uses`.
    #[serde(rename = "what")]
    pub setting: String,
    /// Value in the first run; `None` if it is not set.
    pub a: Option<String>,
    /// Value in the second run.
    pub b: Option<String>,
}

/// The changed settings, and the added and removed stages.
pub(super) type Changes = (Vec<SettingChange>, Vec<String>, Vec<String>);

pub(super) fn changes(a: &ResolvedPipeline, b: &ResolvedPipeline) -> Changes {
    let (mut changes, mut added, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    if a.seed != b.seed {
        let seed = |pipeline: &ResolvedPipeline| Some(pipeline.seed.to_string());
        let (setting, a, b) = ("seed".to_owned(), seed(a), seed(b));
        changes.push(SettingChange { stage: None, setting, a, b });
    }
    for (name, a, b) in by_name(&a.stages, &b.stages, |stage| stage.name.as_str()) {
        match (a, b) {
            (Some(a), Some(b)) => changes.extend(stage_changes(a, b)),
            (None, _) => added.push(name.to_owned()),
            (_, None) => removed.push(name.to_owned()),
        }
    }
    (changes, added, removed)
}

fn stage_changes(a: &ResolvedStage, b: &ResolvedStage) -> Vec<SettingChange> {
    let (mut settings_a, mut settings_b) = (settings(a), settings(b));
    let all: BTreeSet<String> = settings_a.keys().chain(settings_b.keys()).cloned().collect();
    let change = |setting: String| {
        let stage = Some(b.name.clone());
        let (a, b) = (settings_a.remove(&setting), settings_b.remove(&setting));
        (a != b).then_some(SettingChange { stage, setting, a, b })
    };
    all.into_iter().filter_map(change).collect()
}

/// Returns all settings of a stage that its outputs depend on.
pub(super) fn settings(stage: &ResolvedStage) -> BTreeMap<String, String> {
    let ResolvedStage {
        name: _,
        uses,
        params,
        filter,
        files,
        from,
        run,
        outputs,
        env,
        // These decide when it may run, not what it computes.
        needs: _,
        exclusive: _,
    } = stage;
    let mut settings = BTreeMap::from([("uses".to_owned(), uses.clone())]);
    settings
        .extend(params.iter().map(|(name, value)| (format!("params.{name}"), value.to_string())));
    settings.extend(filter.iter().map(|filter| ("where".to_owned(), filter.clone())));
    settings.extend(files.iter().map(|(name, all)| (format!("files.{name}"), all.join(", "))));
    settings.extend(from.iter().map(|(name, all)| (format!("from.{name}"), all.join(", "))));
    settings.extend(run.iter().map(|line| ("run".to_owned(), line.clone())));
    for (setting, names) in [("outputs", outputs), ("env", env)] {
        if !names.is_empty() {
            settings.insert(setting.to_owned(), names.join(", "));
        }
    }
    settings
}
