//! Verdicts and reasons as a person reads them: for `status`, `explain` and `run --dry-run`.
//!
//! What does not fit on a screen is grouped: the instances of a stage that share verdict and reasons
//! stand together, so a sweep of a thousand is a few lines.

use crate::fingerprint::{Reason, ReasonCode, ReasonText};
use crate::plan::{Plan, Selection, StagePlan, Verdict};
use crate::spec::{Pipeline, StageInstance};
use crate::stages::preview_command;
use crate::text::style::{BUSY, GOOD};
use crate::text::{count, sanitize};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Above this many rows, instances are grouped.
const SCREEN: usize = 24;

/// The stages to be told of.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) plan: &'a Plan,
    pub(super) selection: &'a Selection,
    /// Columns of a line.
    pub(super) width: usize,
    /// Whether each instance gets its own row, however many there are.
    pub(super) all: bool,
}

/// How much a table tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// Of each stage one reason, and how many more there are.
    First,
    /// Every reason, and what commands would run.
    Every,
}

/// Instances of a stage that share their verdict and reasons.
struct Group<'a> {
    stage: &'a StageInstance,
    planned: &'a StagePlan,
    reasons: Vec<Reason>,
    members: Vec<&'a StageInstance>,
    /// How many selected instances the stage has.
    of: usize,
}

impl<'a> View<'a> {
    fn groups(&self) -> Vec<Group<'a>> {
        let grouped = !self.all && self.selection.len() > SCREEN;
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut places: HashMap<(&str, String), usize> = HashMap::new();
        let mut instances: HashMap<&str, usize> = HashMap::new();
        for index in self.selection.indices() {
            let (stage, planned) = (&self.pipeline.stages[index], &self.plan.stages[index]);
            *instances.entry(&stage.name).or_default() += 1;
            let mut reasons = planned.reasons.clone();
            if grouped {
                reasons = reasons.iter().map(Reason::without_instance).collect();
            }
            let told: Vec<String> = reasons.iter().map(Reason::to_string).collect();
            let key = format!("{} {}", planned.verdict, told.join("\n"));
            let place = grouped.then(|| *places.entry((&stage.name, key)).or_insert(groups.len()));
            match place.and_then(|place| groups.get_mut(place)) {
                Some(group) => group.members.push(stage),
                None => {
                    groups.push(Group { stage, planned, reasons, members: vec![stage], of: 0 });
                }
            }
        }
        for group in &mut groups {
            if group.members.len() == 1 {
                group.reasons.clone_from(&group.planned.reasons);
            }
            group.of = instances.get(&*group.stage.name).copied().unwrap_or_default();
        }
        groups
    }

    /// A row for each stage, its reasons beside it.
    pub(super) fn table(&self, telling: Telling) -> String {
        let groups = self.groups();
        let labels: Vec<String> = groups.iter().map(Group::label).collect();
        let widest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let names = widest.min(self.width * 2 / 5);
        let room = self.width.saturating_sub(names + 11).max(20);
        let mut text = String::new();
        for (group, label) in groups.iter().zip(labels) {
            let StagePlan { verdict, .. } = group.planned;
            let style = style(*verdict);
            let mut beside = match telling {
                Telling::First => group.headline(room),
                Telling::Every => group.details(room),
            }
            .into_iter();
            if label.chars().count() > names {
                let _ = writeln!(text, "{label}");
                let _ = write!(text, "{:names$}", "");
            } else {
                let _ = write!(text, "{label:names$}");
            }
            let _ = match beside.next() {
                None => writeln!(text, "  {style}{verdict}{style:#}"),
                Some(first) => writeln!(text, "  {style}{verdict:<7}{style:#}  {first}"),
            };
            beside.for_each(|line| {
                let _ = writeln!(text, "{:1$}{line}", "", names + 11);
            });
        }
        text
    }

    /// A paragraph for each stage.
    pub(super) fn paragraphs(&self) -> String {
        let mut text = String::new();
        for group in self.groups() {
            let Group { planned, members, .. } = &group;
            let style = style(planned.verdict);
            let _ = writeln!(text, "{}: {style}{}{style:#}", group.label(), planned.verdict);
            if members.len() > 1 {
                let _ = writeln!(text, "  {}", group.instances(self.width - 2));
            } else {
                group.describe(&mut text);
            }
            for reason in &group.reasons {
                let mut lines = layout(&reason.clone().into(), self.width - 4).into_iter();
                let _ = writeln!(text, "  - {}", lines.next().unwrap_or_default());
                lines.for_each(|line| {
                    let _ = writeln!(text, "    {line}");
                });
            }
        }
        text
    }
}

impl Group<'_> {
    fn label(&self) -> String {
        match self.members.len() {
            1 => sanitize(&self.stage.id.0).into_owned(),
            _ => sanitize(&self.stage.name).into_owned(),
        }
    }

    /// How many there are; nothing where there is one.
    fn count(&self) -> String {
        match (count(self.members.len()), self.of) {
            (_, _) if self.members.len() == 1 => String::new(),
            (members, of) if of == self.members.len() => format!("{members} instances"),
            (members, of) => format!("{members} of {} instances", count(of)),
        }
    }

    /// How many there are, and the first few of those that need work by what tells them apart.
    fn instances(&self, room: usize) -> String {
        let count = self.count();
        if self.of == self.members.len() || self.planned.verdict == Verdict::Fresh {
            return count;
        }
        let variants = self.members.iter().take(10).map(|stage| &stage.id.0[stage.name.len()..]);
        shorten(&format!("{count}: {}", variants.collect::<Vec<_>>().join(" ")), room)
    }

    fn headline(&self, room: usize) -> Vec<String> {
        let mut text = self.count();
        if let Some(first) = self.reasons.first() {
            let more = match self.reasons.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            let joint = if text.is_empty() { "" } else { ": " };
            let room = room.saturating_sub(text.len() + joint.len() + more.len());
            let _ = write!(text, "{joint}{}{more}", shorten(&first.headline(), room));
        }
        Some(text).filter(|text| !text.is_empty()).into_iter().collect()
    }

    fn details(&self, room: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if self.members.len() > 1 {
            lines.push(self.instances(room));
        }
        for reason in &self.reasons {
            let mut text = ReasonText::from(reason.clone());
            // The new command line is shown below.
            text.new = text.new.filter(|_| text.code != ReasonCode::CommandLine);
            lines.extend(layout(&text, room));
        }
        if let Some(command) = &self.stage.command
            && self.planned.verdict != Verdict::Fresh
        {
            // Of many instances the line is shown as written: their parameters differ.
            let one = (self.members.len() == 1).then(|| preview_command(self.stage)).flatten();
            let run = one.unwrap_or_else(|| command.run.clone());
            let mut prompt = "$ ";
            for line in run.trim_end().split('\n') {
                lines.push(format!("{prompt}{}", sanitize(line)));
                prompt = "  ";
            }
        }
        lines
    }

    fn describe(&self, text: &mut String) {
        if let Some(fingerprint) = &self.planned.fingerprint {
            let _ = writeln!(text, "  fingerprint {fingerprint}");
        }
        if let Some(record) = &self.planned.current {
            let _ = writeln!(
                text,
                "  last finished {} on {} in {:.1} s: {}",
                record.finished,
                record.device,
                record.seconds,
                sanitize(&record.summary)
            );
        }
    }
}

/// Returns a reason on one line, or, if it is longer, its title on the first line and each value and file on
/// its own. Nothing is cut.
fn layout(reason: &ReasonText, room: usize) -> Vec<String> {
    let line = reason.to_string();
    if line.chars().count() <= room && !line.contains('\n') {
        return vec![sanitize(&line).into_owned()];
    }
    let mut lines = vec![format!("{}:", sanitize(&reason.title))];
    for (label, value) in reason.values() {
        let (mut before, indent) = match label {
            "" => (String::new(), ""),
            label => (format!("{label} "), "    "),
        };
        for part in value.trim_end().split('\n') {
            lines.push(format!("  {before}{}", sanitize(part)));
            before = indent.to_owned();
        }
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

/// The first reason in one line, and how many more there are.
pub(super) fn summary_of(planned: &StagePlan) -> String {
    let more = planned.reasons.len().saturating_sub(1);
    let first = planned.reasons.first().map_or_else(String::new, Reason::headline);
    if more > 0 { format!("{first} (and {more} more)") } else { first }
}

/// At most so many characters, an ellipsis at the end of what was cut; fit for a terminal.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let clean: Vec<char> = sanitize(text).chars().collect();
    if clean.len() <= most {
        return clean.into_iter().collect();
    }
    clean.into_iter().take(most.saturating_sub(1)).chain(['…']).collect()
}
