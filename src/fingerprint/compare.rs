//! The differences between two fingerprints.

use super::{CommandInput, Diff, InputChange, InputFiles, Reason, StageInputs, union};
use crate::text::count_of;

/// The names of an input's upstream stages. Only records of commands have them, as parts of paths.
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
            let names = union(&old.env, &new.env).into_iter();
            let changed = names.filter(|name| old.env.get(*name) != new.env.get(*name));
            reasons.extend(changed.map(|name| Reason::Environment(name.clone())));
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
    if let (Some(old), Some(new)) = (&old.command, command) {
        let is_explained = !reasons.is_empty();
        reasons.extend(paths_changed(old, new, is_explained));
    }
    reasons
}

/// Returns the inputs for which a command gets other paths. If other reasons explain that an input has more or fewer
/// paths, it is left out.
fn paths_changed(old: &CommandInput, new: &CommandInput, is_explained: bool) -> Vec<Reason> {
    let names = union(&old.paths, &new.paths).into_iter();
    let reason = |name: &String| {
        let [old, new] = [old, new].map(|command| command.paths.get(name));
        let [old, new] = [old, new].map(|paths| paths.map_or(&[][..], Vec::as_slice));
        let is_other = old != new && !(is_explained && old.len() != new.len());
        let change = is_other.then(|| InputChange::of_names(old, new))?;
        Some(Reason::InputPaths { input: name.clone(), change })
    };
    names.filter_map(reason).collect()
}

/// Returns what an input reads: an upstream stage, or a number of files.
fn source(sets: &[InputFiles], names: UpstreamNames) -> String {
    match sets.iter().find_map(|set| set.upstream.as_ref()) {
        Some(kind) if names.name.is_empty() => kind.clone(),
        Some(_) => names.name,
        None => count_of(sets.iter().map(|set| set.files.len()).sum::<usize>(), "file"),
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
