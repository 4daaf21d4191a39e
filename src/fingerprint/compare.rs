//! The differences between two fingerprints.

use super::{Diff, InputChange, InputFiles, Reason, StageInputs, union};

/// The names of an input's upstream stages. A record does not have them: names of stages are no part of a
/// fingerprint.
#[derive(Debug, Clone, Default)]
pub struct UpstreamNames {
    /// The upstream stages: `train.model`.
    pub name: String,
    /// Each upstream instance: `train[latent=40].model`.
    pub instances: Vec<String>,
}

/// Returns every difference between two stages' inputs, small ones first. Empty if and only if the
/// fingerprints are equal.
pub fn compare(old: &StageInputs, new: &StageInputs) -> Vec<Reason> {
    compare_with(old, new, &|_| UpstreamNames::default())
}

/// [`compare`], with the names that `upstream_names` returns for an input.
pub fn compare_with(
    old: &StageInputs,
    new: &StageInputs,
    upstream_names: &dyn Fn(&str) -> UpstreamNames,
) -> Vec<Reason> {
    let StageInputs { schema, kind, version, params, filter, seed, inputs, command } = new;
    let mut reasons = Vec::new();
    reasons.extend(Diff::new(&old.schema, schema).map(Reason::Schema));
    reasons.extend(Diff::new(&old.kind, kind).map(Reason::Kind));
    reasons.extend(Diff::new(&old.version, version).map(Reason::Version));
    for name in union(&old.params, params) {
        let value = Diff::new(&old.params.get(name).cloned(), &params.get(name).cloned());
        reasons.extend(value.map(|value| Reason::Parameter { name: name.clone(), value }));
    }
    reasons.extend(Diff::new(&old.filter, filter).map(Reason::Filter));
    reasons.extend(Diff::new(&old.seed, seed).map(Reason::Seed));
    match (&old.command, command) {
        (Some(old), Some(new)) => {
            let line = Diff::new(&old.line, &new.line);
            reasons.extend(line.map(|line| Reason::CommandLine(Some(line))));
            reasons.extend(Diff::new(&old.outputs, &new.outputs).map(Reason::Outputs));
            for name in union(&old.env, &new.env) {
                // A variable may be declared and not set.
                let value = Diff::new(&old.env.get(name).cloned(), &new.env.get(name).cloned());
                let value = value.map(|value| value.map(Option::flatten));
                reasons
                    .extend(value.map(|value| Reason::Environment { name: name.clone(), value }));
            }
        }
        (old, new) if old != new => reasons.push(Reason::CommandLine(None)),
        _ => {}
    }
    for name in union(&old.inputs, inputs) {
        match (old.inputs.get(name), inputs.get(name)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => {
                reasons.push(input_changed(name, old, new, upstream_names(name)));
            }
            (old, new) => {
                let old = old.map(|sets| source(sets, UpstreamNames::default()));
                let new = new.map(|sets| source(sets, upstream_names(name)));
                let (name, source) = (name.clone(), Diff { old, new });
                reasons.push(Reason::Input { name, source });
            }
        }
    }
    reasons
}

/// Returns what an input reads: an upstream stage, or a number of files.
fn source(sets: &[InputFiles], names: UpstreamNames) -> String {
    match sets.iter().find_map(|set| set.upstream.as_ref()) {
        Some(kind) if names.name.is_empty() => kind.clone(),
        Some(_) => names.name,
        None => match sets.iter().map(|set| set.files.len()).sum() {
            1_usize => "1 file".into(),
            count => format!("{count} files"),
        },
    }
}

fn input_changed(
    name: &str,
    old: &[InputFiles],
    new: &[InputFiles],
    UpstreamNames { name: stages, instances }: UpstreamNames,
) -> Reason {
    let change = InputChange::new(old, new, &instances);
    if new.iter().any(|set| set.upstream.is_none()) {
        return Reason::Files { input: name.to_owned(), change };
    }
    let only = instances.into_iter().next().filter(|_| new.len() == 1);
    let stage = only.unwrap_or(stages);
    Reason::Upstream { stage: if stage.is_empty() { name.to_owned() } else { stage }, change }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
