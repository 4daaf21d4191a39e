//! `partita store prune`.

use super::super::super::args::{Prune, Wait};
use super::super::super::failure::{ExitCode, Failure};
use super::super::super::output::Output;
use super::super::super::project;
use super::amount::row;
use crate::store::{PrunePolicy, PruneReport};
use crate::text::{bytes, count_of};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn prune(root: &Path, arguments: &Prune, output: Output) -> Result<ExitCode, Failure> {
    let keep = PrunePolicy { newest: arguments.keep, runs: !arguments.runs, work: !arguments.work };
    let dry_run = arguments.dry_run;
    let store = if dry_run { project::store_to_read(root)? } else { project::store(root)? };
    let plan = store.plan_prune(keep, Wait::limit(arguments.wait), &|| false)?;
    let report = if dry_run { plan.report().clone() } else { plan.execute()? };
    show(&report, dry_run, output);
    Ok(ExitCode::Done)
}

pub(super) fn nothing(output: Output) -> Result<ExitCode, Failure> {
    show(&PruneReport::default(), false, output);
    Ok(ExitCode::Done)
}

fn show(report: &PruneReport, dry_run: bool, output: Output) {
    if output.json {
        let mut value = json!(report);
        value["dry_run"] = json!(dry_run);
        output.json(&value);
        return;
    }
    for run in &report.unreadable_runs {
        output.print_message(&format!(
            "the summary of run {run} cannot be read: what it needs may go"
        ));
    }
    output.text(&table(report, dry_run));
}

fn table(report: &PruneReport, dry_run: bool) -> String {
    let mut text = String::new();
    for (what, amount) in [
        ("records", report.records),
        ("stored contents (blobs)", report.blobs),
        ("run folders", report.runs),
        ("work folders", report.work),
        ("what killed processes left", report.leftovers),
        ("quarantine", report.quarantine),
        ("locks that nobody holds", report.locks),
        ("known files that are gone", report.index),
    ] {
        if amount.files > 0 {
            text += &row(what, amount);
        }
    }
    let (verb, kept) = if dry_run { ("would free", "would stay") } else { ("freed", "stays") };
    let _ = writeln!(text, "{verb} {}", bytes(report.bytes));
    let _ = writeln!(
        text,
        "{} and {} ({}) {}",
        count_of(report.kept.records, "record"),
        count_of(report.kept.blobs.files, "blob"),
        bytes(report.kept.blobs.bytes),
        if dry_run { kept } else { "stay" },
    );
    if report.still_linked.files > 0 {
        let _ = writeln!(
            text,
            "{} ({}) free nothing yet: run folders show them too (--runs removes old ones)",
            count_of(report.still_linked.files, "blob"),
            bytes(report.still_linked.bytes)
        );
    }
    if report.kept.work.files > 0 {
        let _ = writeln!(
            text,
            "{} of interrupted stages {kept} to go on from (--work removes it)",
            bytes(report.kept.work.bytes)
        );
    }
    text
}
