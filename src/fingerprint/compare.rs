//! Why two fingerprints differ.

use super::inputs::{CommandInput, FileInput, InputFiles, Scalar, StageInputs};
use super::reason::{Reason, ReasonCode};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many files a reason lists.
const LISTED: usize = 5;

/// Where an input comes from, in words for a person: a record does not say, for the names of stages
/// are no part of a fingerprint.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The upstream stages by name: `train.model`.
    pub name: String,
    /// Each upstream instance: `train[latent=40].model`.
    pub instances: Vec<String>,
}

/// Every difference between two stages' inputs, the cheap and telling ones first. Empty if and only
/// if the fingerprints are equal.
#[must_use]
pub fn compare(old: &StageInputs, new: &StageInputs) -> Vec<Reason> {
    compare_with(old, new, &|_| Sources::default())
}

/// [`compare`] that calls upstream stages by the names that `sources` gives for an input.
#[must_use]
pub fn compare_with(
    old: &StageInputs,
    new: &StageInputs,
    sources: &dyn Fn(&str) -> Sources,
) -> Vec<Reason> {
    let StageInputs { schema, kind, version, params, filter, seed, inputs, command } = new;
    let mut reasons = Vec::new();
    if *schema != old.schema {
        reasons.push(Reason::change(ReasonCode::Schema, "", Some(old.schema), Some(schema)));
    }
    if *kind != old.kind {
        reasons.push(Reason::change(ReasonCode::Kind, "", Some(&old.kind), Some(kind)));
    }
    if *version != old.version {
        reasons.push(Reason::change(ReasonCode::Version, "", Some(old.version), Some(version)));
    }
    compare_params(&old.params, params, &mut reasons);
    if *filter != old.filter {
        reasons.push(Reason::change(ReasonCode::Filter, "", old.filter.as_ref(), filter.as_ref()));
    }
    if *seed != old.seed {
        reasons.push(Reason::change(ReasonCode::Seed, "", old.seed, *seed));
    }
    compare_commands(old.command.as_ref(), command.as_ref(), &mut reasons);
    compare_inputs(&old.inputs, inputs, sources, &mut reasons);
    reasons
}

fn compare_params(
    old: &BTreeMap<String, Scalar>,
    new: &BTreeMap<String, Scalar>,
    reasons: &mut Vec<Reason>,
) {
    for name in union(old, new) {
        let (before, now) = (old.get(name), new.get(name));
        if before != now {
            reasons.push(Reason::change(ReasonCode::Parameter, name, before, now));
        }
    }
}

fn compare_commands(
    old: Option<&CommandInput>,
    new: Option<&CommandInput>,
    reasons: &mut Vec<Reason>,
) {
    let (Some(old), Some(new)) = (old, new) else {
        if old != new {
            reasons.push(Reason::new(ReasonCode::CommandLine, ""));
        }
        return;
    };
    if old.line != new.line {
        reasons.push(Reason::change(ReasonCode::CommandLine, "", Some(&old.line), Some(&new.line)));
    }
    if old.outputs != new.outputs {
        let (before, now) = (old.outputs.join(" "), new.outputs.join(" "));
        reasons.push(Reason::change(ReasonCode::Outputs, "", Some(before), Some(now)));
    }
    for name in union(&old.env, &new.env) {
        let before = old.env.get(name).and_then(Option::as_ref);
        let now = new.env.get(name).and_then(Option::as_ref);
        if before != now || old.env.contains_key(name) != new.env.contains_key(name) {
            reasons.push(Reason::change(ReasonCode::Environment, name, before, now));
        }
    }
}

fn compare_inputs(
    old: &BTreeMap<String, Vec<InputFiles>>,
    new: &BTreeMap<String, Vec<InputFiles>>,
    sources: &dyn Fn(&str) -> Sources,
    reasons: &mut Vec<Reason>,
) {
    for name in union(old, new) {
        reasons.extend(match (old.get(name), new.get(name)) {
            (Some(before), Some(now)) if before == now => None,
            (Some(before), Some(now)) => Some(input_changed(name, before, now, sources)),
            (before, now) => {
                let before = before.map(|sets| summary(sets, &Sources::default()));
                let now = now.map(|sets| summary(sets, &sources(name)));
                Some(Reason::change(ReasonCode::Input, name, before, now))
            }
        });
    }
}

/// What an input that came or went is: an upstream stage, or so many files.
fn summary(sets: &[InputFiles], source: &Sources) -> String {
    match sets.iter().find_map(|set| set.upstream.as_ref()) {
        Some(kind) if source.name.is_empty() => kind.clone(),
        Some(_) => source.name.clone(),
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
    sources: &dyn Fn(&str) -> Sources,
) -> Reason {
    let source = sources(name);
    let differences = match (old, new) {
        ([before], [now]) => file_differences(&before.files, &now.files),
        _ => instance_differences(old, new, &source.instances),
    };
    let mut reason = if new.iter().all(|set| set.upstream.is_some()) {
        let alone = (new.len() == 1).then(|| source.instances.into_iter().next()).flatten();
        let known = alone.unwrap_or(source.name);
        Reason::new(ReasonCode::Upstream, if known.is_empty() { name.into() } else { known })
    } else {
        Reason::new(ReasonCode::Files, name)
    };
    if let ([before], [now]) = (old, new)
        && before.upstream != now.upstream
    {
        (reason.old, reason.new) = (before.upstream.clone(), now.upstream.clone());
    }
    reason.more = differences.len().saturating_sub(LISTED);
    reason.files = first_of_each(differences);
    reason
}

/// The first few, in their order, with each sort of change among them: a hundred new files must not hide the
/// one that is gone.
fn first_of_each(differences: Vec<String>) -> Vec<String> {
    let mut ranked = BTreeMap::new();
    let mut met: HashMap<Option<char>, usize> = HashMap::new();
    for (place, difference) in differences.into_iter().enumerate() {
        let sign = difference.chars().next().filter(|sign| "+-~".contains(*sign));
        let rank = met.entry(sign).and_modify(|rank| *rank += 1).or_insert(0);
        ranked.insert((*rank, place), difference);
    }
    let mut first: Vec<_> = ranked.into_iter().take(LISTED).collect();
    first.sort_by_key(|((_, place), _)| *place);
    first.into_iter().map(|(_, difference)| difference).collect()
}

/// Signed paths, in the order of paths; a file that only changed its path is one of them.
fn file_differences(old: &[FileInput], new: &[FileInput]) -> Vec<String> {
    let old: BTreeMap<&str, &FileInput> = old.iter().map(|file| (&*file.path, file)).collect();
    let new: BTreeMap<&str, &FileInput> = new.iter().map(|file| (&*file.path, file)).collect();
    let mut gone: HashMap<_, Vec<&str>> = HashMap::new();
    for (path, file) in old.iter().rev().filter(|(path, _)| !new.contains_key(*path)) {
        gone.entry((file.digest, file.size)).or_default().push(path);
    }
    let mut renamed: HashMap<&str, &str> = HashMap::new();
    for (path, file) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        let content = (file.digest, file.size);
        if file.digest.is_some()
            && let Some(before) = gone.get_mut(&content).and_then(Vec::pop)
        {
            renamed.insert(before, path);
        }
    }
    let arrived: HashSet<&str> = renamed.values().copied().collect();
    union(&old, &new)
        .into_iter()
        .filter_map(|path| match (old.get(path), new.get(path)) {
            (None, _) if arrived.contains(path) => None,
            (None, _) => Some(format!("+{path}")),
            (_, None) => Some(match renamed.get(path) {
                Some(now) => format!("{path} -> {now}"),
                None => format!("-{path}"),
            }),
            (Some(before), Some(now)) if before != now => Some(format!("~{path}")),
            _ => None,
        })
        .collect()
}

/// What changed among gathered instances. A record does not name them, so those with equal files are
/// taken to be the same, whatever their order, and only the rest is compared.
fn instance_differences(old: &[InputFiles], new: &[InputFiles], names: &[String]) -> Vec<String> {
    let mut unmatched: HashMap<&InputFiles, Vec<usize>> = HashMap::new();
    for (index, set) in old.iter().enumerate().rev() {
        unmatched.entry(set).or_default().push(index);
    }
    let mut is_new = |set: &InputFiles| unmatched.get_mut(set).and_then(Vec::pop).is_none();
    let added: Vec<usize> = (0..new.len()).filter(|&index| is_new(&new[index])).collect();
    let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("#{}", at + 1));
    let mut removed: Vec<usize> = unmatched.into_values().flatten().collect();
    removed.sort_unstable();
    match (&added[..], &removed[..]) {
        ([], []) => vec!["another order".into()],
        (added, []) => added.iter().map(|&index| format!("+{}", name(index))).collect(),
        ([], [_]) => vec!["-1 instance".into()],
        ([], removed) => vec![format!("-{} instances", removed.len())],
        (added, removed) if added.len() == removed.len() => {
            let pairs = added.iter().zip(removed);
            let told = |(&now, &before): (&usize, &usize)| {
                let files = file_differences(&old[before].files, &new[now].files);
                files.into_iter().map(move |file| format!("{}: {file}", name(now)))
            };
            pairs.flat_map(told).collect()
        }
        // Which of them are new and which changed, nobody can tell.
        (added, _) => added.iter().map(|&index| format!("~{}", name(index))).collect(),
    }
}

fn union<'a, K: Ord, V>(old: &'a BTreeMap<K, V>, new: &'a BTreeMap<K, V>) -> Vec<&'a K> {
    let mut names: Vec<&K> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
