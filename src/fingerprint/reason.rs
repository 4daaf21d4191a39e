//! Why two fingerprints differ.

use super::inputs::{CommandInput, InputFiles, Scalar, StageInputs};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What kind of difference a [`Reason`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// No record of an earlier run.
    NeverRan,
    /// Asked for by `--force`.
    Forced,
    /// The layout of fingerprints changed.
    Schema,
    /// The stage is of another kind now.
    Kind,
    /// The stage's implementation changed.
    Version,
    /// A parameter was changed.
    Parameter,
    /// The `where:` condition was changed.
    Filter,
    /// The derived seed changed: the pipeline's seed or the stage's name.
    Seed,
    /// An input was added to or taken from the stage.
    Input,
    /// Files of an input were added, changed or removed.
    Files,
    /// An upstream stage's outputs changed.
    Upstream,
    /// The command line changed.
    CommandLine,
    /// The declared outputs of a command changed.
    Outputs,
    /// A declared environment variable changed.
    Environment,
    /// An output is missing or damaged.
    OutputMissing,
    /// An upstream stage will run first.
    Waits,
    /// A record that could have told more is damaged.
    RecordDamaged,
    /// The record of what is shown is not there any more.
    RecordGone,
    /// The pointer to the record of what is shown is damaged.
    PointerDamaged,
}

impl ReasonCode {
    /// Whether something in the store is damaged.
    #[must_use]
    pub fn is_damage(self) -> bool {
        matches!(self, Self::RecordDamaged | Self::PointerDamaged)
    }

    /// Whether what was recorded of a stage is damaged or gone.
    #[must_use]
    pub fn is_loss(self) -> bool {
        self.is_damage() || self == Self::RecordGone
    }
}

/// One reason why a stage is not fresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Its kind.
    pub code: ReasonCode,
    /// What it is about: a parameter's, input's or variable's name.
    pub what: String,
    /// Value before, where there is one.
    pub old: Option<String>,
    /// Value now, where there is one.
    pub new: Option<String>,
    /// The first few files, each with `+`, `-` or `~` (added, removed, changed) before its path.
    pub files: Vec<String>,
    /// How many more files there are.
    pub more: usize,
}

/// How many files a reason lists.
const LISTED: usize = 5;

impl Reason {
    /// A reason without values or files.
    #[must_use]
    pub fn new(code: ReasonCode, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), old: None, new: None, files: Vec::new(), more: 0 }
    }

    /// The reason in one short line: at most one file is named.
    #[must_use]
    pub fn headline(&self) -> String {
        let files: Vec<String> = self.files.iter().take(1).cloned().collect();
        let more = self.more + self.files.len() - files.len();
        Self { files, more, ..self.clone() }.to_string()
    }

    fn change(
        code: ReasonCode,
        what: &str,
        old: Option<impl fmt::Display>,
        new: Option<impl fmt::Display>,
    ) -> Self {
        Self {
            old: old.map(|value| value.to_string()),
            new: new.map(|value| value.to_string()),
            ..Self::new(code, what)
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = &self.what;
        match self.code {
            ReasonCode::NeverRan => f.write_str("never ran"),
            ReasonCode::Forced => f.write_str("forced"),
            ReasonCode::Schema => f.write_str("fingerprint layout changed"),
            ReasonCode::Kind => f.write_str("stage kind changed"),
            ReasonCode::Version => f.write_str("implementation changed"),
            ReasonCode::Parameter => write!(f, "parameter {what} changed"),
            ReasonCode::Filter => f.write_str("condition changed"),
            ReasonCode::Seed => f.write_str("seed changed"),
            ReasonCode::Input => write!(f, "input {what} changed"),
            ReasonCode::Files => write!(f, "files of {what} changed"),
            ReasonCode::Upstream => write!(f, "upstream {what} changed"),
            ReasonCode::CommandLine => f.write_str("command line changed"),
            ReasonCode::Outputs => f.write_str("declared outputs changed"),
            ReasonCode::Environment => write!(f, "environment variable {what} changed"),
            ReasonCode::OutputMissing => write!(f, "output {what} is missing or damaged"),
            ReasonCode::Waits => write!(f, "waits for {what}"),
            ReasonCode::RecordDamaged => write!(f, "record of {what} is damaged"),
            ReasonCode::RecordGone => write!(f, "record of {what} is gone"),
            ReasonCode::PointerDamaged => write!(f, "pointer to the record of {what} is damaged"),
        }?;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, ": {old} -> {new}")?,
            (None, Some(new)) => write!(f, ": now {new}")?,
            (Some(old), None) => write!(f, ": was {old}")?,
            (None, None) => {}
        }
        if !self.files.is_empty() {
            write!(f, ": {}", self.files.join(", "))?;
            if self.more > 0 {
                write!(f, " and {} more", self.more)?;
            }
        }
        Ok(())
    }
}

/// Every difference between two stages' inputs, the cheap and telling ones first. Empty if and only
/// if the fingerprints are equal.
#[must_use]
pub fn compare(old: &StageInputs, new: &StageInputs) -> Vec<Reason> {
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
    compare_inputs(&old.inputs, inputs, &mut reasons);
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
    reasons: &mut Vec<Reason>,
) {
    for name in union(old, new) {
        let (Some(before), Some(now)) = (old.get(name), new.get(name)) else {
            reasons.push(Reason::new(ReasonCode::Input, name));
            continue;
        };
        if before == now {
            continue;
        }
        let from_stage = now.iter().all(|set| set.upstream.is_some());
        let code = if from_stage { ReasonCode::Upstream } else { ReasonCode::Files };
        let differences = file_differences(before, now);
        let mut reason = Reason::new(code, name);
        reason.more = differences.len().saturating_sub(LISTED);
        reason.files = differences.into_iter().take(LISTED).collect();
        reasons.push(reason);
    }
}

/// Signed paths, in the order of paths; instances of a gathered input are told apart by number.
fn file_differences(old: &[InputFiles], new: &[InputFiles]) -> Vec<String> {
    let table = |sets: &[InputFiles]| -> BTreeMap<(usize, String), (Option<super::Digest>, u64)> {
        sets.iter()
            .enumerate()
            .flat_map(|(index, set)| {
                set.files.iter().map(move |f| ((index, f.path.clone()), (f.digest, f.size)))
            })
            .collect()
    };
    let (old, new) = (table(old), table(new));
    union(&old, &new)
        .into_iter()
        .filter_map(|key| match (old.get(key), new.get(key)) {
            (None, _) => Some(format!("+{}", key.1)),
            (_, None) => Some(format!("-{}", key.1)),
            (before, now) if before != now => Some(format!("~{}", key.1)),
            _ => None,
        })
        .collect()
}

fn union<'a, K: Ord, V>(old: &'a BTreeMap<K, V>, new: &'a BTreeMap<K, V>) -> Vec<&'a K> {
    let mut names: Vec<&K> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names
}
