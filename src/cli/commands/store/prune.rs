//! `partita store prune`.

use super::super::super::args::{Prune, Wait};
use super::super::super::output::width;
use super::{ExitCode, Failure, Output, project, row};
use crate::store::{LockWait, PrunePolicy, PruneReport};
use crate::text::Column::{Left, Right};
use crate::text::{TextTable, bytes, count_of};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn prune(
    root: &Path,
    exists: bool,
    arguments: &Prune,
    output: Output,
) -> Result<ExitCode, Failure> {
    let dry_run = arguments.dry_run && exists;
    let report = if exists { execute(root, arguments)? } else { PruneReport::default() };
    if output.json {
        let mut value = json!(report);
        value["dry_run"] = json!(dry_run);
        output.json(&value);
        return Ok(ExitCode::Done);
    }
    for run in &report.unreadable_runs {
        output
            .print_message(&format!("cannot read the summary of run {run}; ignoring its records"));
    }
    output.text(&text(&report, dry_run));
    Ok(ExitCode::Done)
}

fn execute(root: &Path, arguments: &Prune) -> Result<PruneReport, Failure> {
    let Prune { keep, runs, work, dry_run, wait } = *arguments;
    let policy = PrunePolicy { newest: keep, runs: !runs, work: !work };
    let store = if dry_run { project::store_to_read(root)? } else { project::store(root)? };
    let plan = store.plan_prune(policy, LockWait::up_to(Wait::limit(wait)))?;
    Ok(if dry_run { plan.report().clone() } else { plan.execute()? })
}

fn text(report: &PruneReport, dry_run: bool) -> String {
    let mut table = TextTable::new(0, &[Left, Right, Right]);
    for (label, amount) in [
        ("records", report.records),
        ("blobs", report.blobs),
        ("run folders", report.runs),
        ("work folders", report.work),
        ("left by killed processes", report.leftovers),
        ("quarantine", report.quarantine),
        ("unused locks", report.locks),
        ("index entries of missing files", report.index),
    ] {
        if amount.files > 0 {
            table.row(row(label, amount));
        }
    }
    let mut text = table.render(width());
    let (freed, kept) = if dry_run { ("would free", "would keep") } else { ("freed", "kept") };
    let _ = writeln!(text, "{freed} {}", bytes(report.bytes));
    let _ = writeln!(
        text,
        "{kept} {} and {} ({})",
        count_of(report.kept.records, "record"),
        count_of(report.kept.blobs.files, "blob"),
        bytes(report.kept.blobs.bytes),
    );
    if report.still_linked.files > 0 {
        let _ = writeln!(
            text,
            "{} ({}) free no space yet: run folders link to them (--runs removes old ones)",
            count_of(report.still_linked.files, "blob"),
            bytes(report.still_linked.bytes)
        );
    }
    if report.kept.work.files > 0 {
        let size = bytes(report.kept.work.bytes);
        let _ = writeln!(text, "{kept} {size} to resume interrupted stages (--work removes it)");
    }
    text
}
