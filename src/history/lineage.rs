//! The lineage of a stage, with which instances of a sweep can be compared as runs are.

use super::settings::settings;
use crate::runner::{ResolvedPipeline, ResolvedStage};
use std::collections::{BTreeMap, BTreeSet};

/// Returns a stage and everything upstream of it, in the pipeline's order; all stages if there is no such
/// stage.
pub fn lineage<'a>(pipeline: &'a ResolvedPipeline, stage: &str) -> Vec<&'a ResolvedStage> {
    let find = |name: &str| pipeline.stages.iter().position(|known| known.name == name);
    let Some(last) = find(stage) else { return pipeline.stages.iter().collect() };
    let mut wanted = BTreeSet::from([last]);
    // Each stage comes after its upstreams.
    for at in (0..=last).rev() {
        if wanted.contains(&at) {
            let upstreams = pipeline.stages[at].from.values().flatten();
            wanted.extend(upstreams.filter_map(|name| find(name).or_else(|| find(stage_of(name)))));
        }
    }
    wanted.into_iter().map(|at| &pipeline.stages[at]).collect()
}

/// Returns the stage of an output: that of `train[beta=0.1].model`.
fn stage_of(output: &str) -> &str {
    output.rsplit_once('.').map_or(output, |(stage, _)| stage)
}

/// Returns the name that all instances of a stage share: `train` of `train[beta=0.1]`.
pub fn base_name(stage: &str) -> &str {
    stage.split('[').next().unwrap_or(stage)
}

/// Returns the settings of stages by base name and setting. The values of several instances are joined.
pub fn lineage_settings(stages: &[&ResolvedStage]) -> BTreeMap<(String, String), String> {
    let mut all: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for stage in stages {
        for (setting, value) in settings(stage) {
            // The parameters of the upstream instance say which instance it is.
            let is_upstream = setting.starts_with("from.");
            let value = if is_upstream { strip_matrix(&value) } else { value };
            let values = all.entry((strip_matrix(&stage.name), setting)).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    all.into_iter().map(|(key, values)| (key, values.join(", "))).collect()
}

/// Removes everything in brackets from a list of names.
fn strip_matrix(names: &str) -> String {
    let mut depth = 0_usize;
    names
        .chars()
        .filter(|&c| {
            depth += usize::from(c == '[');
            let outside = depth == 0;
            depth -= usize::from(c == ']' && depth > 0);
            outside
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Value;

    fn stage(name: &str, from: &[&str], beta: f64) -> ResolvedStage {
        let inputs = from.iter().map(|name| ((*name).to_owned(), vec![(*name).to_owned()]));
        ResolvedStage {
            name: name.into(),
            uses: "kind".into(),
            params: BTreeMap::from([("beta".to_owned(), Value::Number(beta))]),
            filter: None,
            files: BTreeMap::new(),
            from: inputs.collect(),
            run: None,
            outputs: Vec::new(),
            env: Vec::new(),
            needs: Default::default(),
            exclusive: Vec::new(),
        }
    }

    #[test]
    fn lineage_has_only_the_upstream_instances() {
        let stages = vec![
            stage("rolls", &[], 0.0),
            stage("net[b=0.1,x=y]", &["rolls"], 0.1),
            stage("net[b=0.5,x=y]", &["rolls"], 0.5),
            stage("report[b=0.5,x=y]", &["net[b=0.5,x=y].model"], 0.0),
        ];
        let pipeline = ResolvedPipeline {
            pipeline: "p".into(),
            about: String::new(),
            file: String::new(),
            seed: 1,
            stages,
        };
        let found = lineage(&pipeline, "report[b=0.5,x=y]");
        let names: Vec<&str> = found.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["rolls", "net[b=0.5,x=y]", "report[b=0.5,x=y]"]);
        let settings = lineage_settings(&found);
        let value = |stage: &str, setting: &str| {
            settings.get(&(stage.to_owned(), setting.to_owned())).map(String::as_str)
        };
        assert_eq!(value("net", "params.beta"), Some("0.5"));
        assert_eq!(value("report", "from.net[b=0.5,x=y].model"), Some("net.model"));
        assert_eq!(lineage(&pipeline, "unknown").len(), 4);
    }
}
