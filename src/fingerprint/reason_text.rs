//! The text of a reason, and its form in JSON.

use super::{Diff, InputChange, Reason, ReasonCode};
use serde::{Serialize, Serializer};
use std::fmt;

/// A reason in its parts: as JSON, or as text for a layout on one line or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonText {
    /// The stable code.
    pub code: ReasonCode,
    /// The parameter, input, variable, upstream stage, output or run.
    pub what: String,
    /// The value before.
    pub old: Option<String>,
    /// The value now, or an error.
    pub new: Option<String>,
    /// The first few file changes: `+path`, `-path`, `~path` or `old -> new`. Of gathered stages the
    /// instance, or `instance: change`.
    pub files: Vec<String>,
    /// Number of further file changes.
    pub more: usize,
    /// The text without values and files.
    #[serde(skip)]
    pub title: String,
}

impl From<Reason> for ReasonText {
    fn from(reason: Reason) -> Self {
        let code = ReasonCode::from(&reason);
        let valued = |title: String, what: String, Diff { old, new }: Diff<Option<String>>| {
            let (files, more) = (Vec::new(), 0);
            Self { code, what, old, new, files, more, title }
        };
        let no_values = Diff { old: None, new: None };
        let named = |title, what| valued(title, what, no_values.clone());
        let plain = |title: &str| named(title.into(), String::new());
        let changed = |title: &str, value| valued(format!("{title} changed"), String::new(), value);
        let input = |title: &str, what, InputChange { kind, files, more }: InputChange| Self {
            files: files.iter().map(ToString::to_string).collect(),
            more,
            ..valued(format!("{title} {what} changed"), what, kind.unwrap_or(no_values.clone()))
        };
        let version = |value: Diff<u32>| value.map(|version| Some(version.to_string()));
        match reason {
            Reason::FinishesEarly => plain("finishes early, at its last checkpoint"),
            Reason::Waits(stages) => named(format!("waits for {stages}"), stages),
            Reason::InProgress => plain("being computed by another process"),
            Reason::Failed { run, message } => {
                valued(format!("failed in run {run}"), run, Diff { old: None, new: message })
            }
            Reason::Interrupted => plain("interrupted"),
            Reason::Resumes => plain("interrupted; resumes from its checkpoint"),
            Reason::Partial(partial) => named(partial.clone(), partial),
            Reason::Forced => plain("forced"),
            Reason::Schema(value) => changed("fingerprint layout", version(value)),
            Reason::Kind(value) => changed("stage kind", value.map(Some)),
            Reason::Version(value) => changed("implementation version", version(value)),
            Reason::Parameter { name, value } => {
                let value = value.map(|value| value.map(|scalar| scalar.text));
                valued(format!("parameter {name} changed"), name, value)
            }
            Reason::Filter(value) => changed("condition", value),
            Reason::Seed(value) => {
                changed("seed", value.map(|seed| seed.map(|seed| seed.to_string())))
            }
            Reason::CommandLine(None) => plain("command line changed"),
            Reason::CommandLine(Some(value)) => changed("command line", value.map(Some)),
            Reason::Outputs(value) => {
                changed("declared outputs", value.map(|outputs| Some(outputs.join(" "))))
            }
            Reason::Environment(name) => {
                named(format!("environment variable {name} changed"), name)
            }
            Reason::InputPaths { input: name, change } => input("paths of", name, change),
            Reason::Input { name, source } => {
                let what = if source.old.is_none() { "is new" } else { "was removed" };
                valued(format!("input {name} {what}"), name, source)
            }
            Reason::Files { input: name, change } => input("files of", name, change),
            Reason::Upstream { stage, change } => input("upstream", stage, change),
            Reason::PointerDamaged(stage) => {
                named(format!("pointer to the record of {stage} is corrupt"), stage)
            }
            Reason::RecordDamaged(stage) => named(format!("record of {stage} is corrupt"), stage),
            Reason::RecordGone(stage) => named(format!("record of {stage} is missing"), stage),
            Reason::Unreadable(stage) => named(format!("cannot read the record of {stage}"), stage),
            Reason::NeverRan { stored: false } => plain("never ran"),
            Reason::NeverRan { stored: true } => named(
                "never ran in this pipeline; the store has its outputs".into(),
                "this pipeline".into(),
            ),
            Reason::OutputMissing(output) => {
                named(format!("output {output} is missing or corrupt"), output)
            }
        }
    }
}

/// If the values are longer than this together, in bytes, a headline leaves them out.
const MAX_VALUES: usize = 60;

impl ReasonText {
    /// Returns the values to show, each with its label: `was`, `now` or, for an error, nothing.
    pub fn values(&self) -> Vec<(&'static str, &str)> {
        let labels = match self.code {
            // A seed means nothing to the user: it is derived from the pipeline's seed and the stage's name.
            ReasonCode::Seed => return Vec::new(),
            ReasonCode::Failed => ["", ""],
            _ => ["was", "now"],
        };
        let values = labels.into_iter().zip([&self.old, &self.new]);
        values.filter_map(|(label, value)| Some((label, value.as_deref()?))).collect()
    }
}

impl Reason {
    /// Returns the text in one short line: with at most one file, and without long values.
    pub fn headline(&self) -> String {
        let mut text = ReasonText::from(self.clone());
        let values = text.values();
        let length: usize = values.iter().map(|(_, value)| value.len()).sum();
        let is_long = length > MAX_VALUES || values.iter().any(|(_, value)| value.contains('\n'));
        if is_long && text.code != ReasonCode::Failed {
            return text.title;
        }
        text.more += text.files.len().saturating_sub(1);
        text.files.truncate(1);
        text.to_string()
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ReasonText::from(self.clone()).serialize(serializer)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ReasonText::from(self.clone()).fmt(f)
    }
}

impl fmt::Display for ReasonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        match self.values()[..] {
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
