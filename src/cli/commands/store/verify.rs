//! `partita store verify`.

use super::args::ProgressChoice;
use super::{CommandResult, ExitCode, Output, progress_sink, project};
use crate::event::{Event, EventSink, Outcome};
use crate::spec::StageId;
use crate::store::{Amount, Damage, Dependent, PointerKey, StorePart, VerifyReport};
use crate::text::style::{BAD, GOOD, HINT};
use crate::text::{bytes, count_of};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

pub(super) fn verify(root: &Path, exists: bool, output: Output) -> CommandResult {
    let report = if exists {
        let (start, sink) = (Instant::now(), OnceLock::new());
        let store = project::store(root)?;
        let report = store.verify_all(&|done, total| show_progress(start, &sink, done, total));
        if let Some(sink) = sink.get() {
            let (seconds, detail) = (start.elapsed().as_secs_f64(), String::new());
            let (stage, outcome) = (id(), Outcome::Ran);
            sink.emit(&Event::StageFinished { stage, outcome, seconds, detail, partial: None });
        }
        report?
    } else {
        VerifyReport::default()
    };
    output.answer(|| as_json(root, &report), || text(&report));
    Ok(if report.damaged.is_empty() { ExitCode::Done } else { ExitCode::Damaged })
}

/// The stage id under which progress is shown.
fn id() -> StageId {
    StageId("verify".into())
}

/// Shows progress once a second has passed since `start`.
fn show_progress(start: Instant, sink: &OnceLock<Arc<dyn EventSink>>, done: u64, total: u64) {
    if start.elapsed() < Duration::from_secs(1) {
        return;
    }
    let sink = sink.get_or_init(|| {
        let sink = progress_sink(ProgressChoice::Auto);
        let reason = format!("{} to read", bytes(total));
        sink.emit(&Event::StageStarted { stage: id(), kind: "store", reason });
        sink
    });
    let (done, total) = (done / 1_000_000, (total / 1_000_000).max(1));
    sink.emit(&Event::Progress { stage: id(), unit: "MB", done, total, about: String::new() });
}

fn text(report: &VerifyReport) -> String {
    let damaged = report.damaged.iter().map(|(damage, uses)| damage_text(damage, uses));
    let mut text = damaged.collect::<String>();
    for incomplete in &report.incomplete {
        let record = format!("{}/{}", incomplete.kind, incomplete.fingerprint.short());
        let first = &incomplete.missing[0];
        let more = match incomplete.missing.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!("record {record}: missing output '{first}'{more}");
        let _ = writeln!(text, "{BAD}incomplete{BAD:#}: {what}");
        let hint = repair_hint(StorePart::Record, &incomplete.places);
        let _ = writeln!(text, "  {HINT}hint{HINT:#}: {hint}");
    }
    let Amount { files, bytes: size } = report.unreferenced;
    if files > 0 {
        let what = format!("{} ({}) not named by any record", count_of(files, "blob"), bytes(size));
        let _ = writeln!(text, "{what}: 'partita store prune' removes them");
    }
    if report.edited > 0 {
        let files = count_of(report.edited, "visible output");
        let _ = writeln!(text, "{files} edited by hand under artifacts/: left as they are");
    }
    let (style, outcome) = match report.damaged.len() {
        0 => (GOOD, "nothing is damaged".to_owned()),
        damaged => (BAD, format!("{damaged} damaged")),
    };
    let _ = writeln!(
        text,
        "read {} ({}), {}, {} and the index of {}: {style}{outcome}{style:#}",
        count_of(report.blobs.files, "blob"),
        bytes(report.blobs.bytes),
        count_of(report.records, "record"),
        count_of(report.pointers, "pointer"),
        count_of(report.indexed_files, "file"),
    );
    if !report.damaged.is_empty() {
        text += "damaged files are now in artifacts/store/quarantine\n";
    }
    text
}

fn damage_text(damage: &Damage, uses: &[Dependent]) -> String {
    let what = if damage.found.is_none() { "missing" } else { "damaged" };
    let mut text = format!("{BAD}{what}{BAD:#}: {}\n", damage.name());
    for (label, digest) in [("expected", damage.expected), ("found   ", damage.found)] {
        if let Some(digest) = digest {
            let _ = writeln!(text, "  {label} {digest}");
        }
    }
    for Dependent { kind, places, path, diagnostic } in uses {
        if let Some(path) = path {
            let output_kind = if *diagnostic { "diagnostic" } else { "output" };
            let stage = places.first().map_or_else(
                || format!("an earlier {kind}"),
                |key| format!("{}/{}", key.pipeline, key.stage),
            );
            let _ = writeln!(text, "  {output_kind} '{path}' of {stage}");
        }
    }
    let needed = uses.iter().filter(|dependent| !dependent.diagnostic);
    let hint = match damage.part {
        StorePart::Blob if uses.is_empty() => "no record names it: nothing is lost".to_owned(),
        StorePart::Blob if needed.clone().count() == 0 => {
            "only run folders contain it: no stage runs again".to_owned()
        }
        part => repair_hint(part, needed.flat_map(|dependent| &dependent.places)),
    };
    let _ = writeln!(text, "  {HINT}hint{HINT:#}: {hint}");
    text
}

/// Returns advice on how to repair a part on which the outputs at `places` depend.
fn repair_hint<'a>(part: StorePart, places: impl IntoIterator<Item = &'a PointerKey>) -> String {
    match (part, places.into_iter().map(|key| &key.pipeline).min()) {
        (StorePart::FileIndex, _) => "the next run reads the input files again".into(),
        (StorePart::Version, _) => "it was rewritten".into(),
        (_, Some(pipeline)) => format!("run 'partita run {pipeline}' to recompute it"),
        (_, None) => "an earlier result: it is recomputed if a run needs it".into(),
    }
}

/// Paths are relative to the project.
fn as_json(root: &Path, report: &VerifyReport) -> Value {
    let relative = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let damaged = report.damaged.iter().map(|(damage, uses)| {
        json!({
            "part": damage.part, "name": damage.name(), "path": relative(&damage.path),
            "expected": damage.expected, "found": damage.found,
            "quarantine": damage.quarantined_to.as_deref().map(relative), "needed_by": uses,
        })
    });
    json!({
        "damaged": damaged.collect::<Value>(), "incomplete": report.incomplete,
        "blobs": report.blobs, "records": report.records, "pointers": report.pointers,
        "indexed_files": report.indexed_files, "unreferenced": report.unreferenced,
        "edited": report.edited,
    })
}
