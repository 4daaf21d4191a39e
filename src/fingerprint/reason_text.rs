//! The text of a reason, and its form in JSON.

use super::file_change::InputChange;
use super::reason::{Diff, Reason, ReasonCode};
use serde::Serialize;
use std::fmt;

/// A reason in JSON.
#[derive(Serialize)]
pub(super) struct ReasonFields {
    code: ReasonCode,
    /// The parameter, input, variable, upstream stage, output or run.
    what: String,
    old: Option<String>,
    new: Option<String>,
    /// The first few file changes: `+path`, `-path`, `~path` or `old -> new`. Of gathered stages the
    /// instance, or `instance: change`.
    files: Vec<String>,
    /// Number of further file changes.
    more: usize,
}

impl From<Reason> for ReasonFields {
    fn from(reason: Reason) -> Self {
        let code = ReasonCode::from(&reason);
        let fields = |what: String, Diff { old, new }: Diff<Option<String>>| Self {
            code,
            what,
            old,
            new,
            files: Vec::new(),
            more: 0,
        };
        let named = |what| fields(what, Diff { old: None, new: None });
        let changed = |value| fields(String::new(), value);
        let files = |what, InputChange { kind, files, more }: InputChange| Self {
            files: files.iter().map(ToString::to_string).collect(),
            more,
            ..fields(what, kind.unwrap_or(Diff { old: None, new: None }))
        };
        match reason {
            Reason::FinishesEarly
            | Reason::InProgress
            | Reason::Interrupted
            | Reason::Resumes
            | Reason::Forced
            | Reason::CommandLine(None)
            | Reason::NeverRan { stored: false } => named(String::new()),
            Reason::NeverRan { stored: true } => named("this pipeline".into()),
            Reason::Waits(what)
            | Reason::Partial(what)
            | Reason::PointerDamaged(what)
            | Reason::RecordDamaged(what)
            | Reason::RecordGone(what)
            | Reason::Unreadable(what)
            | Reason::OutputMissing(what) => named(what),
            Reason::Failed { run, message } => fields(run, Diff { old: None, new: message }),
            Reason::Schema(value) | Reason::Version(value) => {
                changed(value.map(|version| Some(version.to_string())))
            }
            Reason::Kind(value) | Reason::CommandLine(Some(value)) => changed(value.map(Some)),
            Reason::Parameter { name, value } => {
                fields(name, value.map(|value| value.map(|scalar| scalar.text)))
            }
            Reason::Filter(value) => changed(value),
            Reason::Seed(value) => changed(value.map(|seed| seed.map(|seed| seed.to_string()))),
            Reason::Outputs(value) => changed(value.map(|outputs| Some(outputs.join(" ")))),
            Reason::Environment { name, value } | Reason::Input { name, source: value } => {
                fields(name, value)
            }
            Reason::Files { input: what, change } | Reason::Upstream { stage: what, change } => {
                files(what, change)
            }
        }
    }
}

/// The text of a reason in its parts, for a layout on one line or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonText {
    /// What happened, without values and files.
    pub title: String,
    /// The values, each after `was`, `now` or, for an error, nothing.
    pub values: Vec<(&'static str, String)>,
    /// The first few file changes.
    pub files: Vec<String>,
    /// Number of further file changes.
    pub more: usize,
}

/// If the values are longer than this together, in bytes, a headline leaves them out.
const MAX_VALUES: usize = 60;

impl Reason {
    /// Returns the text in its parts.
    #[must_use]
    pub fn text(&self) -> ReasonText {
        let ReasonFields { old, new, files, more, .. } = self.clone().into();
        let labels = if matches!(self, Self::Failed { .. }) { ["", ""] } else { ["was", "now"] };
        let values = labels.into_iter().zip([old, new]);
        // A seed means nothing to the user: it is derived from the pipeline's seed and the stage's name.
        let values = values.filter(|_| !matches!(self, Self::Seed(_)));
        let values = values.filter_map(|(label, value)| Some((label, value?))).collect();
        ReasonText { title: self.title(), values, files, more }
    }

    /// Returns the text in one short line: with at most one file, and without long values.
    #[must_use]
    pub fn headline(&self) -> String {
        let mut text = self.text();
        let length: usize = text.values.iter().map(|(_, value)| value.len()).sum();
        let has_lines = text.values.iter().any(|(_, value)| value.contains('\n'));
        if !matches!(self, Self::Failed { .. }) && (has_lines || length > MAX_VALUES) {
            return text.title;
        }
        text.more += text.files.len().saturating_sub(1);
        text.files.truncate(1);
        text.to_string()
    }

    fn title(&self) -> String {
        match self {
            Self::FinishesEarly => "finishes early, at its last checkpoint".into(),
            Self::Waits(stages) => format!("waits for {stages}"),
            Self::InProgress => "being computed by another process".into(),
            Self::Failed { run, .. } => format!("failed in run {run}"),
            Self::Interrupted => "interrupted".into(),
            Self::Resumes => "interrupted; resumes from its checkpoint".into(),
            Self::Partial(partial) => partial.clone(),
            Self::Forced => "forced".into(),
            Self::Schema(_) => "fingerprint layout changed".into(),
            Self::Kind(_) => "stage kind changed".into(),
            Self::Version(_) => "implementation version changed".into(),
            Self::Parameter { name, .. } => format!("parameter {name} changed"),
            Self::Filter(_) => "condition changed".into(),
            Self::Seed(_) => "seed changed".into(),
            Self::CommandLine(_) => "command line changed".into(),
            Self::Outputs(_) => "declared outputs changed".into(),
            Self::Environment { name, .. } => format!("environment variable {name} changed"),
            Self::Input { name, source: Diff { old: None, .. } } => format!("input {name} is new"),
            Self::Input { name, .. } => format!("input {name} was removed"),
            Self::Files { input, .. } => format!("files of {input} changed"),
            Self::Upstream { stage, .. } => format!("upstream {stage} changed"),
            Self::PointerDamaged(stage) => format!("pointer to the record of {stage} is corrupt"),
            Self::RecordDamaged(stage) => format!("record of {stage} is corrupt"),
            Self::RecordGone(stage) => format!("record of {stage} is missing"),
            Self::Unreadable(stage) => format!("cannot read the record of {stage}"),
            Self::NeverRan { stored: false } => "never ran".into(),
            Self::NeverRan { stored: true } => {
                "never ran in this pipeline; the store has its outputs".into()
            }
            Self::OutputMissing(output) => format!("output {output} is missing or corrupt"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl fmt::Display for ReasonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        match &self.values[..] {
            [] => {}
            [("", value)] => write!(f, ": {value}")?,
            [(label, value)] => write!(f, ": {label} {value}")?,
            [(_, old), (_, new), ..] => write!(f, ": {old} -> {new}")?,
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
