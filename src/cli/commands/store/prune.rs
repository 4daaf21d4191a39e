//! `partita store prune`.

use super::args::{Prune, Wait};
use super::stages::Stages;
use super::{CommandResult, ExitCode, Failure, Output, project, row, width};
use crate::store::{Amount, LockWait, PointerKey, PrunePolicy, PruneReport, StrayFolder};
use crate::text::Column::{Left, Right};
use crate::text::{TextTable, bytes, count_of, sanitize};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn prune(root: &Path, exists: bool, prune: &Prune, output: Output) -> CommandResult {
    let dry_run = prune.dry_run && exists;
    let report = if exists { execute(root, prune)? } else { PruneReport::default() };
    if output.json {
        let mut value = json!(report);
        value["dry_run"] = json!(dry_run);
        output.json(&value);
        return Ok(ExitCode::Done);
    }
    for run in &report.unreadable_runs {
        let what = format!("cannot read the summary of run {run}");
        output.print_message(&format!("{what}; ignoring its records"));
    }
    output.text(&text(&report, dry_run));
    Ok(ExitCode::Done)
}

fn execute(root: &Path, arguments: &Prune) -> Result<PruneReport, Failure> {
    let Prune { keep, runs, work, dry_run, wait } = *arguments;
    let policy = PrunePolicy { newest: keep, runs: !runs, work: !work };
    let store = if dry_run { project::store_to_read(root)? } else { project::store(root)? };
    let stages = Stages::of_project(root, &store);
    let is_stage = |key: &PointerKey| stages.has(key);
    let plan = store.plan_prune(policy, &is_stage, LockWait::up_to(Wait::limit(wait)))?;
    Ok(if dry_run { plan.report.clone() } else { plan.execute()? })
}

fn text(report: &PruneReport, dry_run: bool) -> String {
    let mut table = TextTable::new(0, &[Left, Right, Right]);
    for (label, amount) in [
        ("pointers of removed stages", report.pointers),
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
    let blobs = |Amount { files, bytes: size }| (count_of(files, "blob"), bytes(size));
    let (records, (files, size)) =
        (count_of(report.kept.records, "record"), blobs(report.kept.blobs));
    let _ = writeln!(text, "{kept} {records} and {files} ({size})");
    if report.still_linked.files > 0 {
        let (files, size) = blobs(report.still_linked);
        let links = "run folders link to them (--runs removes old ones)";
        let _ = writeln!(text, "{files} ({size}) free no space yet: {links}");
    }
    for StrayFolder { stage: PointerKey { pipeline, stage }, files } in &report.stray {
        let folder = format!("artifacts/{pipeline}/{stage}");
        let folder = sanitize(&folder);
        let size = bytes(files.bytes);
        let _ =
            writeln!(text, "{folder} ({size}) belongs to no stage any more; delete it yourself");
    }
    if report.kept.work.files > 0 {
        let size = bytes(report.kept.work.bytes);
        let _ = writeln!(text, "{kept} {size} to resume interrupted stages (--work removes it)");
    }
    text
}
