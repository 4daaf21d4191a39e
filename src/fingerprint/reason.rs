//! Why a stage is not fresh, in a form for programs and in words for people.

use serde::Serialize;
use std::fmt;

/// What kind of difference a [`Reason`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// No record of an earlier run.
    NeverRan,
    /// Somebody works on it at this moment.
    UnderWay,
    /// An earlier attempt was cut short.
    Interrupted,
    /// An earlier attempt was cut short, and the next one goes on from what that one kept.
    Resumes,
    /// It is finished early, at what an interrupted attempt kept: `--finish`.
    Finishes,
    /// What is shown was finished early.
    Partial,
    /// It failed when it was tried last.
    Failed,
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
    /// What is recorded may not be read, or the disk fails.
    Unreadable,
}

impl ReasonCode {
    /// Whether something in the store is damaged.
    #[must_use]
    pub fn is_damage(self) -> bool {
        matches!(self, Self::RecordDamaged | Self::PointerDamaged)
    }

    /// Whether what was recorded of a stage is damaged, gone or out of reach.
    #[must_use]
    pub fn is_loss(self) -> bool {
        self.is_damage() || matches!(self, Self::RecordGone | Self::Unreadable)
    }
}

/// One reason why a stage is not fresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Its kind.
    pub code: ReasonCode,
    /// What it is about: a parameter's, input's or variable's name, an upstream stage, a run.
    pub what: String,
    /// Value before, where there is one.
    pub old: Option<String>,
    /// Value now, where there is one.
    pub new: Option<String>,
    /// The first few files, each with `+`, `-` or `~` (added, removed, changed) before its path, or
    /// `old -> new` for a renamed one. Of gathered stages: the instance, or `instance: path`.
    pub files: Vec<String>,
    /// How many more files there are.
    pub more: usize,
}

/// Values that take more bytes together are left out of a headline.
const LONG: usize = 60;

impl Reason {
    /// A reason without values or files.
    #[must_use]
    pub fn new(code: ReasonCode, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), old: None, new: None, files: Vec::new(), more: 0 }
    }

    /// The reason in one short line: at most one file is named, and no long value.
    #[must_use]
    pub fn headline(&self) -> String {
        let (old, new) = self.values();
        let length = [old, new].into_iter().flatten().map(str::len).sum::<usize>();
        let lines = [old, new].into_iter().flatten().any(|value| value.contains('\n'));
        if self.code != ReasonCode::Failed && (lines || length > LONG) {
            return self.title();
        }
        let files: Vec<String> = self.files.iter().take(1).cloned().collect();
        let more = self.more + self.files.len() - files.len();
        Self { files, more, ..self.clone() }.to_string()
    }

    /// A reason with the values before and now.
    pub(super) fn change(
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

impl Reason {
    /// What happened, without values and files.
    #[must_use]
    pub fn title(&self) -> String {
        let what = &self.what;
        match self.code {
            ReasonCode::NeverRan if what.is_empty() => "never ran".into(),
            ReasonCode::NeverRan => format!("never ran in {what}; the store has its outputs"),
            ReasonCode::UnderWay => "is being worked on now".into(),
            ReasonCode::Interrupted => "was interrupted".into(),
            ReasonCode::Resumes => "was interrupted: goes on where it stopped".into(),
            ReasonCode::Finishes => "is finished early, at its last checkpoint".into(),
            ReasonCode::Partial => what.clone(),
            ReasonCode::Failed => format!("failed in run {what}"),
            ReasonCode::Forced => "forced".into(),
            ReasonCode::Schema => "fingerprint layout changed".into(),
            ReasonCode::Kind => "stage kind changed".into(),
            ReasonCode::Version => "implementation version changed".into(),
            ReasonCode::Parameter => format!("parameter {what} changed"),
            ReasonCode::Filter => "condition changed".into(),
            ReasonCode::Seed => "seed changed".into(),
            ReasonCode::Input => match (&self.old, &self.new) {
                (None, _) => format!("input {what} is new"),
                (_, None) => format!("input {what} is gone"),
                _ => format!("input {what} changed"),
            },
            ReasonCode::Files => format!("files of {what} changed"),
            ReasonCode::Upstream => format!("upstream {what} changed"),
            ReasonCode::CommandLine => "command line changed".into(),
            ReasonCode::Outputs => "declared outputs changed".into(),
            ReasonCode::Environment => format!("environment variable {what} changed"),
            ReasonCode::OutputMissing => format!("output {what} is missing or damaged"),
            ReasonCode::Waits => format!("waits for {what}"),
            ReasonCode::RecordDamaged => format!("record of {what} is damaged"),
            ReasonCode::RecordGone => format!("record of {what} is gone"),
            ReasonCode::Unreadable => format!("what is recorded of {what} cannot be read"),
            ReasonCode::PointerDamaged => format!("pointer to the record of {what} is damaged"),
        }
    }

    /// The values that mean something to a person, before and now. A seed's do not: they are derived
    /// from the pipeline's seed and the stage's name.
    #[must_use]
    pub fn values(&self) -> (Option<&str>, Option<&str>) {
        match self.code {
            ReasonCode::Seed => (None, None),
            _ => (self.old.as_deref(), self.new.as_deref()),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title())?;
        match self.values() {
            (Some(old), Some(new)) => write!(f, ": {old} -> {new}")?,
            (None, Some(new)) if self.code == ReasonCode::Failed => write!(f, ": {new}")?,
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
