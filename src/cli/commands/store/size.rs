//! `partita store size`.

use super::super::super::output::width;
use super::{ExitCode, Failure, Output, row};
use crate::store::{Store, StoreUsage};
use crate::text::Column::{Left, Right};
use crate::text::{Cell, TextTable, bytes, count, count_of};
use serde_json::json;

pub(super) fn size(store: &Store, output: Output) -> Result<ExitCode, Failure> {
    let usage = store.usage();
    if output.json {
        output.json(&json!(usage));
    } else {
        output.text(&text(&usage));
    }
    Ok(ExitCode::Done)
}

fn text(usage: &StoreUsage) -> String {
    let mut table = TextTable::new(0, &[Left, Right, Right]);
    table.row(["artifacts/", "files", "size"].map(Cell::from));
    table.row(row("blobs", usage.blobs));
    for (label, amount) in [
        ("  also linked into run folders", usage.linked_blobs),
        ("  not named by any record", usage.unreferenced_blobs),
    ] {
        if amount.files > 0 {
            table.row(row(label, amount));
        }
    }
    table.row(row("records", usage.records));
    table.row(row("file index, pointers, locks", usage.other));
    if usage.quarantine.files > 0 {
        table.row(row("quarantine", usage.quarantine));
    }
    table.row(row(&format!("work ({})", count_of(usage.work_folders, "folder")), usage.work));
    table.row(row(&format!("runs ({})", count_of(usage.run_folders, "folder")), usage.runs));
    table.row(row("visible outputs", usage.visible));
    table.row(["total".into(), "".into(), bytes(usage.bytes).into()]);
    let text = table.render(width());
    if usage.kinds.is_empty() {
        return text;
    }
    let mut kinds = TextTable::new(0, &[Left, Right, Right, Right]);
    kinds.row(["stage kind", "records", "blobs", "size"].map(Cell::from));
    for (kind, of_kind) in &usage.kinds {
        let (records, blobs) = (count(of_kind.records), count(of_kind.blobs.files));
        kinds.row([kind.clone(), records, blobs, bytes(of_kind.blobs.bytes)].map(Cell::from));
    }
    format!("{text}\n{}", kinds.render(width()))
}
