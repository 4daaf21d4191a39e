//! JSON lines, for programs: `{"at": 1.234, "event": "progress", ...}`, one object per event.
//!
//! `at` counts seconds since the run began, to the millisecond; before `run_started`, since the sink was created.
//! The other fields are those of [`Event`].

use super::clock::{Clock, RateLimiter, system_clock};
use super::{input_files, lock};
use crate::event::{Event, EventSink};
use crate::text::escape_json;
use serde::Serialize;
use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Duration;

/// At most ten progress lines per second and stage.
const INTERVAL: Duration = Duration::from_millis(100);

/// Writes each event as one line of JSON, flushed per line except for progress.
pub struct JsonLines<W: Write + Send> {
    clock: Clock,
    state: Mutex<State<W>>,
}

struct State<W> {
    out: W,
    started: Duration,
    progress: RateLimiter,
    error: Option<io::Error>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: f64,
    #[serde(flatten)]
    event: &'a Event,
}

impl<W: Write + Send> JsonLines<W> {
    /// A sink that writes to `out`.
    pub fn new(out: W) -> Self {
        Self::with_clock(out, system_clock())
    }

    fn with_clock(out: W, clock: Clock) -> Self {
        let progress = RateLimiter::new(INTERVAL);
        let state = State { out, started: clock(), progress, error: None };
        Self { clock, state: Mutex::new(state) }
    }

    /// Returns the first error of writing, once. Nothing is written after it, so all lines except perhaps the last
    /// are whole.
    pub fn take_error(&self) -> Option<io::Error> {
        let mut state = lock(&self.state);
        let error = state.error.take()?;
        // Anything written after half a line would be unreadable.
        state.error = Some(error.kind().into());
        Some(error)
    }
}

impl<W: Write + Send> EventSink for JsonLines<W> {
    fn emit(&self, event: &Event) {
        let state = &mut *lock(&self.state);
        let now = (self.clock)();
        let admitted = match event {
            Event::RunStarted { .. } => {
                state.started = now;
                true
            }
            Event::StageFinished { stage, .. } => {
                state.progress.forget(stage);
                true
            }
            Event::Progress { stage, done, total, .. } => {
                state.progress.admit(stage, now, *total > 0 && done == total)
            }
            Event::HashingInputs { read, files, .. } => {
                state.progress.admit(&input_files(), now, read == files)
            }
            _ => true,
        };
        if !admitted || state.error.is_some() {
            return;
        }
        let at = now.saturating_sub(state.started).as_millis() as f64 / 1000.0;
        state.error = write(&mut state.out, &Line { at, event }).err();
    }
}

fn write(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    let mut json = escape_json(serde_json::to_string(line)?);
    json.push('\n');
    out.write_all(json.as_bytes())?;
    if matches!(line.event, Event::Progress { .. }) { Ok(()) } else { out.flush() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::testing::{self, FakeClock, SharedBuffer};

    fn written(events: &[(f64, Event)]) -> String {
        let (clock, buffer) = (FakeClock::default(), SharedBuffer::default());
        testing::play(&JsonLines::with_clock(buffer.clone(), clock.clock()), &clock, events);
        buffer.text()
    }

    #[test]
    fn each_event_is_one_object_with_time_and_fields() {
        insta::assert_snapshot!(written(&testing::eventful()), @r#"
        {"at":0.0,"event":"run_started","run":"20260103135728_RUN01","pipeline":"demo","stages":6}
        {"at":0.0,"event":"surveyed","files":625,"read":1,"bytes":12345}
        {"at":0.01,"event":"stage_finished","stage":"themes","outcome":"restored","seconds":0.01,"detail":""}
        {"at":0.02,"event":"stage_started","stage":"catalog","kind":"scan","reason":"no record yet"}
        {"at":0.1,"event":"progress","stage":"catalog","unit":"files","done":1,"total":625,"about":""}
        {"at":0.9,"event":"warning","stage":"catalog","text":"data/\u001b[31mred\n.mid: not a MIDI file; skipped"}
        {"at":1.2,"event":"progress","stage":"catalog","unit":"files","done":625,"total":625,"about":""}
        {"at":1.205,"event":"parts","stage":"catalog","made":2,"taken":623}
        {"at":1.21,"event":"note","stage":"catalog","text":"625 files: 583 ok, 42 skipped"}
        {"at":1.234,"event":"stage_finished","stage":"catalog","outcome":"ran","seconds":1.214,"detail":""}
        {"at":1.3,"event":"stage_finished","stage":"train","outcome":"fresh","seconds":0.0,"detail":""}
        {"at":1.4,"event":"stage_started","stage":"songs","kind":"generate","reason":"no record yet"}
        {"at":1.6,"event":"stage_finished","stage":"songs","outcome":"failed","seconds":0.2,"detail":"artifacts/work: no space left on device"}
        {"at":1.61,"event":"stage_finished","stage":"report","outcome":"blocked","seconds":0.0,"detail":"songs"}
        {"at":1.7,"event":"run_finished","run":"20260103135728_RUN01","outcome":"failed","seconds":1.7,"counts":[["ran",1],["fresh",1],["restored",1],["failed",1],["blocked",1],["interrupted",0]]}
        "#);
    }

    #[test]
    fn progress_is_written_ten_times_per_second_and_at_completion() {
        let steps: Vec<(f64, Event)> = (1..=1000)
            .map(|step| (step as f64 / 1000.0, testing::progress("train", "steps", step, 1000)))
            .collect();
        let text = written(&steps);
        assert_eq!(text.lines().count(), 11);
        assert!(text.ends_with("\"done\":1000,\"total\":1000,\"about\":\"\"}\n"), "{text}");
    }

    #[test]
    fn reading_of_input_files_is_written_as_numbers() {
        let text = written(&testing::reading()[..1]);
        assert_eq!(
            text,
            "{\"at\":1.0,\"event\":\"surveying\",\"read\":15000,\"files\":30000,\
             \"bytes_read\":380000000,\"bytes\":760000000}\n"
        );
    }

    #[test]
    fn control_characters_are_escaped_and_none_is_lost() {
        let hostile = "\x1b[2J\u{9b}31m\u{7f}\n";
        let text = written(&[(0.0, testing::note("catalog", hostile))]);
        assert!(!text.trim_end_matches('\n').chars().any(char::is_control), "{text:?}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["text"], hostile);
    }

    #[test]
    fn time_restarts_with_each_run() {
        let text = written(&[(5.0, testing::run_started(1)), (5.25, Event::Interrupting)]);
        assert!(text.starts_with("{\"at\":0.0,"), "{text}");
        assert!(text.ends_with("{\"at\":0.25,\"event\":\"interrupting\"}\n"), "{text}");
    }

    #[test]
    fn first_error_is_kept_and_nothing_is_written_after_it() {
        struct Full(SharedBuffer, usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.1 += 1;
                match self.1 {
                    2 => Err(io::ErrorKind::StorageFull.into()),
                    _ => self.0.write(bytes),
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let buffer = SharedBuffer::default();
        let lines = JsonLines::new(Full(buffer.clone(), 0));
        lines.emit(&Event::Interrupting);
        assert!(lines.take_error().is_none());
        lines.emit(&Event::Interrupting);
        lines.emit(&Event::Interrupting);
        assert_eq!(lines.take_error().map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
        lines.emit(&Event::Interrupting);
        assert_eq!(buffer.text().lines().count(), 1);
    }
}
