//! What a stage of a past run came from, so that instances of a sweep can be held against each other as
//! runs are.

use super::compare::settings;
use crate::runner::{ResolvedPipeline, ResolvedStage};
use std::collections::{BTreeMap, BTreeSet};

/// A stage and all its upstreams, in the pipeline's order; all stages where the name is none's.
#[must_use]
pub fn lineage<'a>(pipeline: &'a ResolvedPipeline, stage: &str) -> Vec<&'a ResolvedStage> {
    let find = |name: &str| pipeline.stages.iter().position(|known| known.name == name);
    let Some(last) = find(stage) else { return pipeline.stages.iter().collect() };
    let mut wanted = BTreeSet::from([last]);
    // Each stage stands after its upstreams.
    for at in (0..=last).rev() {
        if wanted.contains(&at) {
            let upstreams = pipeline.stages[at].from.values().flatten();
            wanted.extend(upstreams.filter_map(|name| find(name).or_else(|| find(stage_of(name)))));
        }
    }
    wanted.into_iter().map(|at| &pipeline.stages[at]).collect()
}

/// The stage of `train[beta=0.1].model`.
fn stage_of(output: &str) -> &str {
    output.rsplit_once('.').map_or(output, |(stage, _)| stage)
}

/// Everything that stages were asked for: stage without its values in a matrix, what, value. What several
/// instances of a stage were asked for is told in one.
#[must_use]
pub fn asked_for(stages: &[&ResolvedStage]) -> BTreeMap<(String, String), String> {
    let mut asked: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for stage in stages {
        for (what, value) in settings(stage) {
            // Which instance it reads from is told by that instance's own parameters.
            let value = if what.starts_with("from.") { strip_matrix(&value) } else { value };
            let values = asked.entry((strip_matrix(&stage.name), what)).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    asked.into_iter().map(|(key, values)| (key, values.join(", "))).collect()
}

/// A name without what stands in brackets.
fn strip_matrix(name: &str) -> String {
    let mut depth = 0_usize;
    name.chars()
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
    fn an_instance_comes_from_its_own_upstreams_and_no_others() {
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
        let asked = asked_for(&found);
        let value = |stage: &str, what: &str| {
            asked.get(&(stage.to_owned(), what.to_owned())).map(String::as_str)
        };
        assert_eq!(value("net", "params.beta"), Some("0.5"));
        assert_eq!(value("report", "from.net[b=0.5,x=y].model"), Some("net.model"));
        assert_eq!(lineage(&pipeline, "nobody").len(), 4);
    }
}
