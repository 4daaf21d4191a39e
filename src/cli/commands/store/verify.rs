//! `partita store verify`.

use super::super::super::args::ProgressChoice;
use super::super::super::failure::{ExitCode, Failure};
use super::super::super::output::{Output, progress_sink};
use crate::event::{Event, EventSink, Outcome};
use crate::spec::StageId;
use crate::store::{Damage, Dependent, PointerKey, Store, StorePart, VerifyReport};
use crate::text::style::{BAD, GOOD, HINT};
use crate::text::{bytes, count_of};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

pub(super) fn verify(root: &Path, store: &Store, output: Output) -> Result<ExitCode, Failure> {
    let watcher = VerifyProgress::new();
    let report = store.verify_all(&|done, total| watcher.hear(done, total));
    watcher.end();
    Ok(show(root, &report?, output))
}

pub(super) fn nothing(output: Output) -> Result<ExitCode, Failure> {
    Ok(show(Path::new(""), &VerifyReport::default(), output))
}

fn show(root: &Path, report: &VerifyReport, output: Output) -> ExitCode {
    if output.json {
        output.json(&as_json(root, report));
    } else {
        output.text(&describe(report));
    }
    if report.damaged.is_empty() { ExitCode::Done } else { ExitCode::Damaged }
}

/// Shows how far a check has come, once it takes more than a moment.
struct VerifyProgress {
    begun: Instant,
    sink: OnceLock<Arc<dyn EventSink>>,
}

/// The check as the screen knows it.
fn id() -> StageId {
    StageId("verify".into())
}

impl VerifyProgress {
    fn new() -> Self {
        Self { begun: Instant::now(), sink: OnceLock::new() }
    }

    fn hear(&self, done: u64, total: u64) {
        if self.begun.elapsed() < Duration::from_secs(1) {
            return;
        }
        let sink = self.sink.get_or_init(|| {
            let sink = progress_sink(ProgressChoice::Auto);
            let reason = format!("{} to read", bytes(total));
            sink.emit(&Event::StageStarted { stage: id(), kind: "store", reason });
            sink
        });
        let (done, total) = (done / 1_000_000, (total / 1_000_000).max(1));
        sink.emit(&Event::Progress { stage: id(), unit: "MB", done, total, about: String::new() });
    }

    fn end(&self) {
        if let Some(sink) = self.sink.get() {
            sink.emit(&Event::StageFinished {
                stage: id(),
                outcome: Outcome::Ran,
                seconds: self.begun.elapsed().as_secs_f64(),
                detail: String::new(),
                partial: None,
            });
        }
    }
}

fn describe(report: &VerifyReport) -> String {
    let mut text = String::new();
    for (damage, needs) in &report.damaged {
        describe_damage(&mut text, damage, needs);
    }
    for incomplete in &report.incomplete {
        let fingerprint = incomplete.fingerprint.short();
        let more = match incomplete.missing.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(
            text,
            "{BAD}incomplete{BAD:#}: record {}/{fingerprint}: output '{}'{more} is gone",
            incomplete.kind, incomplete.missing[0],
        );
        let _ = writeln!(
            text,
            "  {HINT}hint{HINT:#}: {}",
            repair_hint(&incomplete.places, StorePart::Record)
        );
    }
    if report.unreferenced.files > 0 {
        let VerifyReport { unreferenced, .. } = report;
        let blobs = count_of(unreferenced.files, "blob");
        let _ = writeln!(
            text,
            "{blobs} ({}) named by no record: 'partita store prune' clears them",
            bytes(unreferenced.bytes)
        );
    }
    if report.edited > 0 {
        let files = count_of(report.edited as u64, "visible output");
        let _ = writeln!(text, "{files} edited by hand under artifacts/: left as they are");
    }
    let style = if report.damaged.is_empty() { GOOD } else { BAD };
    let outcome = match report.damaged.len() as u64 {
        0 => "nothing is damaged".to_owned(),
        1 => "1 is damaged".to_owned(),
        damaged => format!("{damaged} are damaged"),
    };
    let _ = writeln!(
        text,
        "read {} ({}), {}, {} and the index of {}: {style}{outcome}{style:#}",
        count_of(report.blobs.files, "blob"),
        bytes(report.blobs.bytes),
        count_of(report.records as u64, "record"),
        count_of(report.pointers as u64, "pointer"),
        count_of(report.indexed_files as u64, "file"),
    );
    if !report.damaged.is_empty() {
        text += "what is damaged was moved to artifacts/store/quarantine\n";
    }
    text
}

fn describe_damage(text: &mut String, damage: &Damage, needs: &[Dependent]) {
    let what = if damage.found.is_none() { "gone" } else { "damaged" };
    let _ = writeln!(text, "{BAD}{what}{BAD:#}: {}", damage.name());
    if let Some(expected) = damage.expected {
        let _ = writeln!(text, "  expected {expected}");
    }
    if let Some(found) = damage.found {
        let _ = writeln!(text, "  found    {found}");
    }
    for need in needs {
        if let Some(path) = &need.path {
            let shelf = if need.diagnostic { "diagnostic" } else { "output" };
            let of = need.places.first().map_or_else(|| format!("an earlier {}", need.kind), named);
            let _ = writeln!(text, "  {shelf} '{path}' of {of}");
        }
    }
    let wanted = needs.iter().filter(|need| !need.diagnostic);
    let places: Vec<PointerKey> = wanted.flat_map(|need| need.places.clone()).collect();
    let hint = match damage.part {
        StorePart::Blob if needs.is_empty() => "no record names it: nothing is lost".to_owned(),
        StorePart::Blob if needs.iter().all(|need| need.diagnostic) => {
            "only run folders show it: no stage runs again for it".to_owned()
        }
        part => repair_hint(&places, part),
    };
    let _ = writeln!(text, "  {HINT}hint{HINT:#}: {hint}");
}

fn named(place: &PointerKey) -> String {
    format!("{}/{}", place.pipeline, place.stage)
}

/// What makes something anew.
fn repair_hint(places: &[PointerKey], part: StorePart) -> String {
    let mut pipelines: Vec<&str> = places.iter().map(|place| place.pipeline.as_str()).collect();
    pipelines.sort_unstable();
    pipelines.dedup();
    match (part, pipelines.first()) {
        (StorePart::FileIndex, _) => "the next run reads the input files again".into(),
        (StorePart::Version, _) => "it was written anew".into(),
        (_, Some(pipeline)) => format!("run 'partita run {pipeline}': it is made anew"),
        (_, None) => "an earlier result: it is made anew when it is wanted again".into(),
    }
}

/// Paths are relative to the project.
fn as_json(root: &Path, report: &VerifyReport) -> Value {
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let damaged = report.damaged.iter().map(|(damage, needs)| {
        json!({
            "part": damage.part, "name": damage.name(), "path": shown(&damage.path),
            "expected": damage.expected, "found": damage.found,
            "quarantine": damage.quarantined_to.as_deref().map(shown), "needed_by": needs,
        })
    });
    json!({
        "damaged": damaged.collect::<Vec<_>>(), "incomplete": report.incomplete,
        "blobs": report.blobs, "records": report.records, "pointers": report.pointers,
        "indexed_files": report.indexed_files, "unreferenced": report.unreferenced,
        "edited": report.edited,
    })
}
