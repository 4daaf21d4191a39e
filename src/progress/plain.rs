//! Plain lines, for logs and pipes: `[  1.2s] catalog: ran in 1.2 s`.

use super::clock::{Clock, RateLimiter, system_clock};
use super::format::{done_of_total, run_end};
use super::line_limiter::{Limited, LineLimiter};
use super::{STOPPING, lock, simplify};
use crate::event::{Event, EventSink, Outcome};
use crate::spec::StageId;
use crate::text::{count_of, duration, sanitize};
use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

/// Minimum time between two progress lines of a stage.
const INTERVAL: Duration = Duration::from_secs(10);

/// Time after which a stage prints progress within the same tenth of its work.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Writes one line per relevant event, flushed at once, without escape codes.
///
/// Progress is printed at each further tenth, at most every ten seconds, and once per minute in between. Nothing
/// is written after an error.
pub struct Plain<W: Write + Send> {
    clock: Clock,
    state: Mutex<State<W>>,
}

struct State<W> {
    /// `None` after the first error.
    out: Option<W>,
    started: Duration,
    progress: RateLimiter,
    tenths: HashMap<StageId, u64>,
    lines: LineLimiter,
}

impl<W: Write + Send> Plain<W> {
    /// A sink that writes to `out`.
    pub fn new(out: W) -> Self {
        Self::with_clock(out, system_clock())
    }

    fn with_clock(out: W, clock: Clock) -> Self {
        let state = State {
            out: Some(out),
            started: clock(),
            progress: RateLimiter::new(INTERVAL),
            tenths: HashMap::new(),
            lines: LineLimiter::default(),
        };
        Self { clock, state: Mutex::new(state) }
    }
}

impl<W: Write + Send> EventSink for Plain<W> {
    fn emit(&self, event: &Event) {
        let Some(event) = simplify(event) else { return };
        let mut state = lock(&self.state);
        let now = (self.clock)();
        if !state.should_print(&event, now) {
            return;
        }
        let text = match state.lines.limit(&event) {
            Limited::Show => format_event(&event),
            Limited::ShowInstead(text) => text.to_owned(),
            Limited::Drop => return,
        };
        let at = now.saturating_sub(state.started).as_secs_f64();
        let line = format!("[{at:>5.1}s] {}\n", sanitize(&text));
        if let Some(out) = &mut state.out
            && out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err()
        {
            state.out = None;
        }
    }
}

impl<W> State<W> {
    /// Returns true if the event gets a line now, and updates the state of its stage.
    fn should_print(&mut self, event: &Event, now: Duration) -> bool {
        match event {
            Event::RunStarted { .. } => self.started = now,
            Event::StageStarted { stage, .. } => {
                self.tenths.insert(stage.clone(), 0);
                self.progress.record(stage, now);
            }
            Event::StageFinished { stage, .. } => {
                self.tenths.remove(stage);
                self.progress.forget(stage);
            }
            Event::Progress { stage, done, total, .. } => {
                let tenth = done.saturating_mul(10).checked_div(*total).unwrap_or(0);
                let same_tenth = self.tenths.get(stage) == Some(&tenth);
                let silence = self.progress.silence(stage, now).unwrap_or(HEARTBEAT);
                if silence < if same_tenth { HEARTBEAT } else { INTERVAL } {
                    return false;
                }
                self.tenths.insert(stage.clone(), tenth);
                self.progress.record(stage, now);
            }
            _ => {}
        }
        true
    }
}

/// Formats a [simplified](simplify) event as one line, not sanitized.
fn format_event(event: &Event) -> String {
    match event {
        Event::RunStarted { run, pipeline, stages } => {
            format!("run {run}: pipeline {pipeline}, {}", count_of(stages, "stage"))
        }
        Event::StageStarted { stage, kind, reason } => match reason.as_str() {
            "" => format!("{stage}: started ({kind})"),
            reason => format!("{stage}: started ({kind}): {reason}"),
        },
        Event::Progress { stage, unit, done, total, about } => {
            let mut line = format!("{stage}: {}", done_of_total(*done, *total, unit));
            if let Some(percent) = done.saturating_mul(100).checked_div(*total) {
                line += &format!(", {percent} %");
            }
            if !about.is_empty() {
                line += &format!(", {about}");
            }
            line
        }
        Event::Note { stage, text } => format!("{stage}: {text}"),
        Event::Warning { stage: Some(stage), text } => format!("{stage}: warning: {text}"),
        Event::Warning { stage: None, text } => format!("warning: {text}"),
        Event::StageFinished { stage, outcome, seconds, detail, .. } => {
            format!("{stage}: {}", stage_end(*outcome, *seconds, detail))
        }
        Event::Interrupting => STOPPING.to_owned(),
        Event::RunFinished { run, outcome, seconds, counts } => {
            format!("run {run}: {}", run_end(*outcome, *seconds, counts))
        }
        Event::HashingInputs { .. } | Event::InputsHashed { .. } | Event::Parts { .. } => {
            String::new()
        }
    }
}

fn stage_end(outcome: Outcome, seconds: f64, detail: &str) -> String {
    let took = duration(seconds);
    let line = match outcome {
        Outcome::Ran | Outcome::Restored => format!("{outcome} in {took}"),
        Outcome::Failed | Outcome::Interrupted => format!("{outcome} after {took}"),
        Outcome::Fresh | Outcome::Blocked | Outcome::NotStarted => outcome.to_string(),
    };
    match (detail, outcome) {
        ("", _) => line,
        (_, Outcome::Blocked) => format!("{line} by {detail}"),
        _ => format!("{line}: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::testing::{self, FakeClock, SharedBuffer};

    fn written(events: &[(f64, Event)]) -> String {
        let (clock, buffer) = (FakeClock::default(), SharedBuffer::default());
        testing::play(&Plain::with_clock(buffer.clone(), clock.clock()), &clock, events);
        buffer.text()
    }

    #[test]
    fn each_relevant_event_is_one_printable_line() {
        insta::assert_snapshot!(written(&testing::eventful()), @r#"
        [  0.0s] run 20260103135728_RUN01: pipeline demo, 6 stages
        [  0.0s] input files: 1 of 625 read, 12.3 kB
        [  0.0s] themes: restored in 0.0 s
        [  0.0s] catalog: started (scan): no record yet
        [  0.9s] catalog: warning: data/␛[31mred␊.mid: not a MIDI file; skipped
        [  1.2s] catalog: 2 parts computed, 623 reused
        [  1.2s] catalog: 625 files: 583 ok, 42 skipped
        [  1.2s] catalog: ran in 1.2 s
        [  1.3s] train: fresh
        [  1.4s] songs: started (generate): no record yet
        [  1.6s] songs: failed after 0.2 s: artifacts/work: no space left on device
        [  1.6s] report: blocked by songs
        [  1.7s] run 20260103135728_RUN01: failed in 1.7 s: 1 ran, 1 fresh, 1 restored, 1 failed, 1 blocked
        "#);
    }

    #[test]
    fn long_stage_prints_each_tenth_and_a_heartbeat_each_minute() {
        insta::assert_snapshot!(written(&testing::interrupted()), @r#"
        [  0.0s] run 20260103135728_RUN01: pipeline demo, 1 stage
        [  0.0s] train: started (train): no record yet
        [ 60.0s] train: 120/2,000 steps, 6 %, epoch 7 of 20, loss 412.1
        [100.0s] train: 200/2,000 steps, 10 %, epoch 11 of 20, loss 412.1
        [125.5s] stopping after the current step; press Ctrl-C again to stop at once
        [126.0s] train: interrupted after 2:06
        [126.0s] run 20260103135728_RUN01: interrupted in 2:06: 1 interrupted
        "#);
    }

    #[test]
    fn reading_of_input_files_is_shown_if_it_takes_long() {
        insta::assert_snapshot!(written(&testing::reading()), @r#"
        [  1.0s] input files: 15,000/30,000 files, 50 %, 380.0 MB of 760.0 MB
        [  0.0s] run 20260103135728_RUN01: pipeline demo, 1 stage
        [  0.0s] input files: 30,000 of 30,000 read, 760.0 MB
        [  0.1s] catalog: started (scan): no record yet
        "#);
        let unread = Event::InputsHashed { files: 30_000, read: 0, bytes: 0 };
        assert_eq!(written(&[(0.0, unread)]), "", "nothing was read");
    }

    #[test]
    fn progress_lines_are_at_least_ten_seconds_apart() {
        let mut events = vec![(0.0, testing::started("catalog", "scan"))];
        events.extend((1..=100).map(|percent| {
            (percent as f64 / 4.0, testing::progress("catalog", "files", percent, 100))
        }));
        let text = written(&events);
        let progress: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            progress,
            ["[ 10.0s] catalog: 40/100 files, 40 %", "[ 20.0s] catalog: 80/100 files, 80 %",]
        );
    }

    #[test]
    fn nothing_is_written_after_an_error() {
        struct Broken(usize);
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                self.0 += 1;
                assert_eq!(self.0, 1, "written after an error");
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let plain = Plain::new(Broken(0));
        for (_, event) in testing::eventful() {
            plain.emit(&event);
        }
    }
}
