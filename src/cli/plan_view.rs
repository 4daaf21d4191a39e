//! Plans as text and JSON, for `status`, `explain` and `run --dry-run`.
//!
//! A long plan is grouped: instances of a stage with equal verdict and reasons share an entry, so a sweep of a
//! thousand is a few lines. Values and commands are neither shortened nor wrapped, so that they can be copied.

use crate::fingerprint::{Reason, ReasonCode, ReasonText};
use crate::plan::{Plan, Selection, StagePlan, Verdict};
use crate::spec::{Pipeline, StageInstance};
use crate::stages::preview_command;
use crate::store::RecordMeta;
use crate::text::style::{BUSY, GOOD};
use crate::text::{count, pad, sanitize, truncate, width};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Plans with more stages are grouped.
const GROUP_ABOVE: usize = 24;

/// Columns of a verdict and the gaps around it.
const VERDICT_WIDTH: usize = 11;

/// The selected part of a plan.
#[derive(Clone, Copy)]
pub(super) struct PlanView<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    /// Columns of a line.
    pub(super) width: usize,
    /// Show every instance instead of groups.
    pub(super) all: bool,
}

/// Reasons shown per stage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReasonDetail {
    /// The first reason, and the number of further ones.
    First,
    /// All reasons, and the commands that would run.
    All,
}

/// Instances of a stage with equal verdict and reasons.
struct Group<'a> {
    stage: &'a StageInstance,
    planned: &'a StagePlan,
    reasons: Vec<Reason>,
    members: Vec<&'a StageInstance>,
    /// Number of selected instances of the stage.
    of: usize,
}

impl<'a> PlanView<'a> {
    fn groups(&self) -> Vec<Group<'a>> {
        let is_grouped = !self.all && self.selection.indices().count() > GROUP_ABOVE;
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut group_of: HashMap<String, usize> = HashMap::new();
        let mut instances: HashMap<&str, usize> = HashMap::new();
        for index in self.selection.indices() {
            let (stage, planned) = (&self.pipeline.stages[index], &self.plan.stages[index]);
            *instances.entry(&stage.name).or_default() += 1;
            let (mut name, mut reasons) = (&stage.id.0, planned.reasons.clone());
            if is_grouped {
                name = &stage.name;
                reasons = reasons.iter().map(Reason::without_instance).collect();
            }
            let texts: Vec<String> = reasons.iter().map(Reason::to_string).collect();
            let key = format!("{name} {} {}", planned.verdict, texts.join("\n"));
            let group = *group_of.entry(key).or_insert_with(|| {
                groups.push(Group { stage, planned, reasons, members: Vec::new(), of: 0 });
                groups.len() - 1
            });
            groups[group].members.push(stage);
        }
        for group in &mut groups {
            if group.members.len() == 1 {
                group.reasons.clone_from(&group.planned.reasons);
            }
            group.of = instances[&*group.stage.name];
        }
        groups
    }

    /// Returns `{"pipeline": .., "stages": [..]}`.
    pub(super) fn to_json(self) -> Value {
        let stages = self.selection.indices().map(|index| {
            let (stage, planned) = (&self.pipeline.stages[index], &self.plan.stages[index]);
            let mut value = json!({
                "name": stage.id.0, "kind": stage.kind.name, "verdict": planned.verdict,
                "fingerprint": planned.fingerprint, "reasons": planned.reasons,
            });
            if let Some(line) = preview_command(stage) {
                value["run"] = json!(line);
            }
            value
        });
        json!({ "pipeline": self.pipeline.name, "stages": stages.collect::<Value>() })
    }

    /// Returns a row per stage, with its reasons beside it.
    pub(super) fn table(&self, detail: ReasonDetail) -> String {
        let groups = self.groups();
        let labels: Vec<String> = groups.iter().map(Group::label).collect();
        let widest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
        let name_width = widest.min(self.width * 2 / 5);
        let indent = name_width + VERDICT_WIDTH;
        let line_end = format!("\n{:indent$}", "");
        let room = self.width.saturating_sub(indent).max(20);
        let mut text = String::new();
        for (group, mut label) in groups.iter().zip(labels) {
            let verdict = group.planned.verdict;
            let style = style(verdict);
            let lines = match detail {
                ReasonDetail::First => group.headline(room),
                ReasonDetail::All => group.details(room),
            };
            if width(&label) > name_width {
                text += &(std::mem::take(&mut label) + "\n");
            }
            let padding = if lines.is_empty() { 0 } else { 9 - verdict.to_string().len() };
            let (name, reasons) = (pad(&label, name_width), lines.join(&line_end));
            let _ = writeln!(text, "{name}  {style}{verdict}{style:#}{:padding$}{reasons}", "");
        }
        text
    }

    /// Returns a paragraph per stage.
    pub(super) fn paragraphs(&self) -> String {
        let mut text = String::new();
        for group in self.groups() {
            let Group { planned, members, .. } = &group;
            let style = style(planned.verdict);
            let _ = writeln!(text, "{}: {style}{}{style:#}", group.label(), planned.verdict);
            match members.len() {
                1 => group.describe(&mut text),
                _ => text += &format!("  {}\n", group.instances(self.width - 2)),
            }
            for reason in &group.reasons {
                let lines = reason_lines(&reason.clone().into(), self.width - 4);
                let _ = writeln!(text, "  - {}", lines.join("\n    "));
            }
        }
        text
    }
}

impl Group<'_> {
    fn label(&self) -> String {
        let is_single = self.members.len() == 1;
        sanitize(if is_single { &self.stage.id.0 } else { &self.stage.name }).into_owned()
    }

    /// Returns the number of instances; empty for one.
    fn count(&self) -> String {
        match self.members.len() {
            1 => String::new(),
            members if members == self.of => format!("{} instances", count(members)),
            members => format!("{} of {} instances", count(members), count(self.of)),
        }
    }

    /// Returns the number of instances, and the matrix values of the first stale ones if others are different.
    fn instances(&self, room: usize) -> String {
        let count = self.count();
        if self.of == self.members.len() || self.planned.verdict == Verdict::Fresh {
            return count;
        }
        let values = self.members.iter().take(10).map(|stage| &stage.id.0[stage.name.len()..]);
        let text = format!("{count}: {}", values.collect::<Vec<_>>().join(" "));
        truncate(&sanitize(&text), room).into_owned()
    }

    fn headline(&self, room: usize) -> Vec<String> {
        let count = self.count();
        let Some(first) = self.reasons.first() else {
            return Some(count).filter(|count| !count.is_empty()).into_iter().collect();
        };
        let joint = if count.is_empty() { "" } else { ": " };
        let more = more_reasons(&self.reasons);
        let room = room.saturating_sub(count.len() + joint.len() + more.len());
        vec![format!("{count}{joint}{}{more}", truncate(&sanitize(&first.headline()), room))]
    }

    fn details(&self, room: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if self.members.len() > 1 {
            lines.push(self.instances(room));
        }
        for reason in &self.reasons {
            let mut text = ReasonText::from(reason.clone());
            // The new command is shown below.
            text.new = text.new.filter(|_| text.code != ReasonCode::CommandLine);
            lines.extend(reason_lines(&text, room));
        }
        if let Some(command) = &self.stage.command
            && self.planned.verdict != Verdict::Fresh
        {
            // Instances have different parameters, so the command of a group is shown as written.
            let expanded = if self.members.len() == 1 { preview_command(self.stage) } else { None };
            let run = expanded.unwrap_or_else(|| command.run.clone());
            let prompts = std::iter::once("$ ").chain(std::iter::repeat("  "));
            let run = prompts.zip(run.trim_end().split('\n'));
            lines.extend(run.map(|(prompt, line)| format!("{prompt}{}", sanitize(line))));
        }
        lines
    }

    fn describe(&self, text: &mut String) {
        if let Some(fingerprint) = &self.planned.fingerprint {
            let _ = writeln!(text, "  fingerprint {fingerprint}");
        }
        if let Some(record) = &self.planned.current {
            let RecordMeta { finished, device, seconds, summary, .. } = &record.meta;
            let when = format!("last finished {finished} on {device} in {seconds:.1} s");
            let _ = writeln!(text, "  {when}: {}", sanitize(summary));
        }
    }
}

/// Formats a reason on one line if it fits, otherwise its title on the first line and each value and file below.
fn reason_lines(reason: &ReasonText, room: usize) -> Vec<String> {
    let line = reason.to_string();
    if width(&line) <= room && !line.contains('\n') {
        return vec![sanitize(&line).into_owned()];
    }
    let mut lines = vec![format!("{}:", sanitize(&reason.title))];
    for (label, value) in reason.values() {
        let (first, indent) = match label {
            "" => ("  ".to_owned(), "  "),
            label => (format!("  {label} "), "      "),
        };
        let starts = std::iter::once(first.as_str()).chain(std::iter::repeat(indent));
        let parts = starts.zip(value.trim_end().split('\n'));
        lines.extend(parts.map(|(start, part)| format!("{start}{}", sanitize(part))));
    }
    lines.extend(reason.files.iter().map(|file| format!("  {}", sanitize(file))));
    if reason.more > 0 {
        lines.push(format!("  and {} more", count(reason.more)));
    }
    lines
}

fn style(verdict: Verdict) -> anstyle::Style {
    if verdict == Verdict::Fresh { GOOD } else { BUSY }
}

/// Returns the first reason in one line, and the number of further ones.
pub(super) fn first_reason(planned: &StagePlan) -> String {
    let first = planned.reasons.first().map(Reason::headline).unwrap_or_default();
    first + &more_reasons(&planned.reasons)
}

fn more_reasons(reasons: &[Reason]) -> String {
    match reasons.len() {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    }
}
