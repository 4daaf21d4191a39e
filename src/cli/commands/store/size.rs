//! `partita store size`.

use super::{CommandResult, ExitCode, Output, row, width};
use crate::store::{Store, StoreUsage};
use crate::text::Column::{Left, Right};
use crate::text::{Cell, TextTable, bytes, count, count_of};
use serde_json::json;

pub(super) fn size(store: &Store, output: Output) -> CommandResult {
    let usage = store.usage();
    output.answer(|| json!(usage), || text(&usage));
    Ok(ExitCode::Done)
}

fn text(usage: &StoreUsage) -> String {
    let mut table = TextTable::new(0, &[Left, Right, Right]);
    table.row(["artifacts/", "files", "size"].map(Cell::from));
    let of_folders = |name: &str, number| format!("{name} ({})", count_of(number, "folder"));
    for (label, amount, always) in [
        ("blobs", usage.blobs, true),
        ("  also linked into run folders", usage.linked_blobs, false),
        ("  not named by any record", usage.unreferenced_blobs, false),
        ("records", usage.records, true),
        ("file index, pointers, locks", usage.other, true),
        ("quarantine", usage.quarantine, false),
        (&of_folders("work", usage.work_folders), usage.work, true),
        (&of_folders("runs", usage.run_folders), usage.runs, true),
        ("visible outputs", usage.visible, true),
    ] {
        if always || amount.files > 0 {
            table.row(row(label, amount));
        }
    }
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
