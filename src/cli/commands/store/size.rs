//! `partita store size`.

use super::super::super::failure::{ExitCode, Failure};
use super::super::super::output::Output;
use super::amount::row;
use crate::store::{Amount, Store, StoreUsage};
use crate::text::{bytes, count, count_of};
use serde_json::json;
use std::fmt::Write as _;

pub(super) fn size(store: &Store, output: Output) -> Result<ExitCode, Failure> {
    let usage = store.usage();
    if output.json {
        output.json(&json!(usage));
    } else {
        output.text(&table(&usage));
    }
    Ok(ExitCode::Done)
}

fn table(usage: &StoreUsage) -> String {
    let StoreUsage { blobs, linked_blobs, unreferenced_blobs, records, other, quarantine, .. } =
        usage;
    let StoreUsage { work_folders, work, run_folders, runs, visible, .. } = usage;
    let mut text = format!("{:<32} {:>9}  {:>10}\n", "artifacts/", "files", "size");
    text += &row("stored contents (blobs)", *blobs);
    let some = |what: &str, amount: Amount| match amount.files {
        0 => String::new(),
        _ => row(what, amount),
    };
    text += &some("  linked into run folders too", *linked_blobs);
    text += &some("  named by no record", *unreferenced_blobs);
    text += &row("records", *records);
    text += &row("file index, pointers, locks", *other);
    text += &some("quarantine", *quarantine);
    text += &row(&format!("work ({})", count_of(*work_folders, "folder")), *work);
    text += &row(&format!("runs ({})", count_of(*run_folders, "folder")), *runs);
    text += &row("visible outputs", *visible);
    let _ = writeln!(text, "{:<32} {:>9}  {:>10}", "in all", "", bytes(usage.bytes));
    if !usage.kinds.is_empty() {
        let _ = writeln!(
            text,
            "\n{:<16} {:>8}  {:>13}  {:>10}",
            "stage kind", "records", "blobs", "size"
        );
    }
    for (kind, amount) in &usage.kinds {
        let (records, blobs) = (count(amount.records), count(amount.blobs.files));
        let size = bytes(amount.blobs.bytes);
        let _ = writeln!(text, "{kind:<16} {records:>8}  {blobs:>13}  {size:>10}");
    }
    text
}
