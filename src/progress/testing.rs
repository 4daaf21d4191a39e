//! Runs as sequences of events, for the tests of the sinks.

use super::clock::Clock;
use crate::event::{Event, EventSink, Outcome, PartCounts, RunOutcome};
use crate::spec::StageId;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A clock that only moves when it is set.
#[derive(Clone, Default)]
pub(super) struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    pub(super) fn set(&self, seconds: f64) {
        self.0.store((seconds * 1000.0).round() as u64, Ordering::Relaxed);
    }

    pub(super) fn clock(&self) -> Clock {
        let clock = self.clone();
        Box::new(move || Duration::from_millis(clock.0.load(Ordering::Relaxed)))
    }
}

/// A stream whose text can be read.
#[derive(Clone, Default)]
pub(super) struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl SharedBuffer {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn id(stage: &str) -> StageId {
    StageId(stage.to_owned())
}

pub(super) fn run_started(stages: usize) -> Event {
    let (run, pipeline) = ("20260103135728_RUN01".to_owned(), "demo".to_owned());
    Event::RunStarted { run, pipeline, stages }
}

pub(super) fn started(stage: &str, kind: &'static str) -> Event {
    Event::StageStarted { stage: id(stage), kind, reason: "no record yet".to_owned() }
}

pub(super) fn progress(stage: &str, unit: &'static str, done: u64, total: u64) -> Event {
    Event::Progress { stage: id(stage), unit, done, total, about: String::new() }
}

pub(super) fn epoch(stage: &str, done: u64, total: u64, about: &str) -> Event {
    Event::Progress { stage: id(stage), unit: "steps", done, total, about: about.to_owned() }
}

pub(super) fn note(stage: &str, text: &str) -> Event {
    Event::Note { stage: id(stage), text: text.to_owned() }
}

pub(super) fn parts(stage: &str, computed: u64, reused: u64) -> Event {
    Event::Parts { stage: id(stage), parts: PartCounts { computed, reused } }
}

pub(super) fn warning(stage: Option<&str>, text: &str) -> Event {
    Event::Warning { stage: stage.map(id), text: text.to_owned() }
}

pub(super) fn finished(stage: &str, outcome: Outcome, seconds: f64, detail: &str) -> Event {
    let (stage, detail) = (id(stage), detail.to_owned());
    Event::StageFinished { stage, outcome, seconds, detail, partial: None }
}

pub(super) fn run_finished(
    outcome: RunOutcome,
    seconds: f64,
    counts: &[(Outcome, usize)],
) -> Event {
    let run = "20260103135728_RUN01".to_owned();
    Event::RunFinished { run, outcome, seconds, counts: counts.to_vec() }
}

/// A run with each kind of outcome, notes, and a warning about a hostile file name.
pub(super) fn eventful() -> Vec<(f64, Event)> {
    vec![
        (0.0, run_started(6)),
        (0.0, Event::InputsHashed { files: 625, read: 1, bytes: 12_345 }),
        (0.01, finished("themes", Outcome::Restored, 0.01, "")),
        (0.02, started("catalog", "scan")),
        (0.1, progress("catalog", "files", 1, 625)),
        (0.15, progress("catalog", "files", 30, 625)),
        (0.9, warning(Some("catalog"), "data/\x1b[31mred\n.mid: not a MIDI file; skipped")),
        (1.2, progress("catalog", "files", 625, 625)),
        (1.205, parts("catalog", 2, 623)),
        (1.21, note("catalog", "625 files: 583 ok, 42 skipped")),
        (1.234, finished("catalog", Outcome::Ran, 1.214, "")),
        (1.3, finished("train", Outcome::Fresh, 0.0, "")),
        (1.4, started("songs", "generate")),
        (1.6, finished("songs", Outcome::Failed, 0.2, "artifacts/work: no space left on device")),
        (1.61, finished("report", Outcome::Blocked, 0.0, "songs")),
        (
            1.7,
            run_finished(
                RunOutcome::Failed,
                1.7,
                &[
                    (Outcome::Ran, 1),
                    (Outcome::Fresh, 1),
                    (Outcome::Restored, 1),
                    (Outcome::Failed, 1),
                    (Outcome::Blocked, 1),
                    (Outcome::Interrupted, 0),
                ],
            ),
        ),
    ]
}

/// Two seconds of reading input files before the run starts.
pub(super) fn reading() -> Vec<(f64, Event)> {
    let reading = |tenth: u64| Event::HashingInputs {
        read: tenth * 1_500,
        files: 30_000,
        bytes_read: tenth * 38_000_000,
        bytes: 760_000_000,
    };
    let mut events: Vec<_> = (10..=20).map(|tenth| (tenth as f64 / 10.0, reading(tenth))).collect();
    events.push((2.1, run_started(1)));
    events.push((2.1, Event::InputsHashed { files: 30_000, read: 30_000, bytes: 760_000_000 }));
    events.push((2.2, started("catalog", "scan")));
    events
}

/// A long training, one event per second, stopped by Ctrl-C.
pub(super) fn interrupted() -> Vec<(f64, Event)> {
    let mut events = vec![(0.0, run_started(1)), (0.0, started("train", "train"))];
    for second in 1..=125 {
        let about = format!("epoch {} of 20, loss 412.1", 1 + second / 10);
        events.push((second as f64, epoch("train", second * 2, 2000, &about)));
    }
    events.push((125.5, Event::Interrupting));
    events.push((126.0, finished("train", Outcome::Interrupted, 126.0, "")));
    events
        .push((126.0, run_finished(RunOutcome::Interrupted, 126.0, &[(Outcome::Interrupted, 1)])));
    events
}

/// Emits the events at their times.
pub(super) fn play(sink: &impl EventSink, clock: &FakeClock, events: &[(f64, Event)]) {
    for (at, event) in events {
        clock.set(*at);
        sink.emit(event);
    }
}
