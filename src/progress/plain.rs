//! Plain lines, for logs and pipes: `[  1.2s] catalog: ran in 1.2 s`.

use super::clock::{self, Clock, Pace};
use super::flood::{Flood, Line};
use super::{STOPPING, format, text};
use crate::event::{Event, EventSink, Outcome};
use crate::spec::StageId;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Progress lines of one stage stand at least this far apart.
const EVERY: Duration = Duration::from_secs(10);

/// A stage that is this long within the same tenth of its work says where it is all the same.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);

/// Writes one line per event that matters, flushed at once, without escape codes.
///
/// Progress is told when a further tenth is done, yet no more often than every ten seconds, and
/// once a minute in between. A stream that breaks is not written to any more.
pub struct Plain<W: Write + Send> {
    clock: Clock,
    state: Mutex<State<W>>,
}

struct State<W> {
    out: Option<W>,
    started: Duration,
    pace: Pace,
    tenths: HashMap<StageId, u64>,
    flood: Flood,
}

impl<W: Write + Send> Plain<W> {
    /// A sink that writes to `out`.
    pub fn new(out: W) -> Self {
        Self::with_clock(out, clock::machine())
    }

    fn with_clock(out: W, clock: Clock) -> Self {
        let started = clock();
        let pace = Pace::new(EVERY);
        let (tenths, flood) = (HashMap::new(), Flood::default());
        let state = State { out: Some(out), started, pace, tenths, flood };
        Self { clock, state: Mutex::new(state) }
    }
}

impl<W: Write + Send> EventSink for Plain<W> {
    fn emit(&self, event: &Event) {
        if let Some(progress) = super::reading(event) {
            return self.emit(&progress);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        if !state.tells(event, now) {
            return;
        }
        let at = now.saturating_sub(state.started).as_secs_f64();
        let words = match state.flood.line(event) {
            Line::Show => words(event),
            Line::Cut(text) => text.to_owned(),
            Line::Drop => return,
        };
        let line = format!("[{at:>5.1}s] {}\n", text::clean(&words));
        if let Some(out) = &mut state.out
            && out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err()
        {
            state.out = None;
        }
    }
}

impl<W> State<W> {
    /// Whether the event is worth a line now; keeps the books for the next one.
    fn tells(&mut self, event: &Event, now: Duration) -> bool {
        match event {
            Event::RunStarted { .. } => self.started = now,
            Event::StageStarted { stage, .. } => {
                self.tenths.insert(stage.clone(), 0);
                self.pace.spoke(stage, now);
            }
            Event::StageFinished { stage, .. } => {
                self.tenths.remove(stage);
                self.pace.forget(stage);
            }
            Event::Progress { stage, done, total, .. } => {
                let tenth = done.saturating_mul(10).checked_div(*total).unwrap_or(0);
                let further = self.tenths.get(stage).is_none_or(|before| tenth != *before);
                let silence = self.pace.silence(stage, now).unwrap_or(SIGN_OF_LIFE);
                if silence < if further { EVERY } else { SIGN_OF_LIFE } {
                    return false;
                }
                self.tenths.insert(stage.clone(), tenth);
                self.pace.spoke(stage, now);
            }
            Event::Parts { parts, .. } => return format::parts(*parts).is_some(),
            Event::Surveyed { .. } => return super::was_read(event).is_some(),
            _ => {}
        }
        true
    }
}

/// What happened, in one line (control characters and all).
fn words(event: &Event) -> String {
    match event {
        Event::RunStarted { run, pipeline, stages } => {
            format!("run {run}: pipeline {pipeline}, {}", format::stages(*stages))
        }
        Event::StageStarted { stage, kind, reason } => match reason.as_str() {
            "" => format!("{stage}: started ({kind})"),
            reason => format!("{stage}: started ({kind}): {reason}"),
        },
        // Told as progress.
        Event::Surveying { .. } => String::new(),
        Event::Surveyed { .. } => {
            format!("{}: {}", super::input_files(), super::was_read(event).unwrap_or_default())
        }
        Event::Progress { stage, unit, done, total, about } => {
            let mut line = format!("{stage}: {}", format::amount(*done, *total, unit));
            if let Some(percent) = done.saturating_mul(100).checked_div(*total) {
                line += &format!(", {percent} %");
            }
            if !about.is_empty() {
                line += &format!(", {about}");
            }
            line
        }
        Event::Note { stage, text } => format!("{stage}: {text}"),
        Event::Parts { stage, parts } => {
            format!("{stage}: {}", format::parts(*parts).unwrap_or_default())
        }
        Event::Warning { stage: Some(stage), text } => format!("{stage}: warning: {text}"),
        Event::Warning { stage: None, text } => format!("warning: {text}"),
        Event::StageFinished { stage, outcome, seconds, detail, .. } => {
            format!("{stage}: {}", ending(*outcome, *seconds, detail))
        }
        Event::Interrupting => STOPPING.to_owned(),
        Event::RunFinished { run, outcome, seconds, counts } => {
            let line = format!("run {run}: {outcome} in {}", format::seconds(*seconds));
            match format::tally(counts) {
                empty if empty.is_empty() => line,
                tally => format!("{line}: {tally}"),
            }
        }
    }
}

/// How a stage ended.
fn ending(outcome: Outcome, seconds: f64, detail: &str) -> String {
    let word = format::outcome(outcome);
    let took = format::seconds(seconds);
    let (line, joint) = match outcome {
        Outcome::Ran | Outcome::Restored => (format!("{word} in {took}"), ": "),
        Outcome::Interrupted if seconds == 0.0 => ("not started".into(), ": "),
        Outcome::Failed | Outcome::Interrupted => (format!("{word} after {took}"), ": "),
        Outcome::Fresh => (word.to_owned(), ": "),
        Outcome::Blocked => (word.to_owned(), " by "),
    };
    if detail.is_empty() { line } else { format!("{line}{joint}{detail}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::script::{self, Hand, Tape};

    fn played(events: &[(f64, Event)]) -> String {
        let (hand, tape) = (Hand::default(), Tape::default());
        script::play(&Plain::with_clock(tape.clone(), hand.clock()), &hand, events);
        tape.text()
    }

    #[test]
    fn each_event_that_matters_is_one_printable_line() {
        insta::assert_snapshot!(played(&script::eventful()), @r#"
        [  0.0s] run 20260103135728_RUN01: pipeline demo, 6 stages
        [  0.0s] input files: 1 of 625 read, 12 kB
        [  0.0s] themes: restored in 0.0 s
        [  0.0s] catalog: started (scan): no record yet
        [  0.9s] catalog: warning: data/␛[31mred␊.mid: not a MIDI file; left out
        [  1.2s] catalog: 2 parts made, 623 taken from the last run
        [  1.2s] catalog: 625 files: 583 ok, 42 left out
        [  1.2s] catalog: ran in 1.2 s
        [  1.3s] train: fresh
        [  1.4s] songs: started (generate): no record yet
        [  1.6s] songs: failed after 0.2 s: artifacts/work: no space left on device
        [  1.6s] report: blocked by songs
        [  1.7s] run 20260103135728_RUN01: failed in 1.7 s: 1 ran, 1 fresh, 1 restored, 1 failed, 1 blocked
        "#);
    }

    #[test]
    fn a_long_stage_tells_each_tenth_and_gives_a_sign_of_life_each_minute() {
        insta::assert_snapshot!(played(&script::interrupted()), @r#"
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
    fn the_reading_of_input_files_is_told_when_it_takes_long() {
        insta::assert_snapshot!(played(&script::reading()), @r#"
        [  1.0s] input files: 15,000/30,000 files, 50 %, 380 MB of 760 MB
        [  0.0s] run 20260103135728_RUN01: pipeline demo, 1 stage
        [  0.0s] input files: 30,000 of 30,000 read, 760 MB
        [  0.1s] catalog: started (scan): no record yet
        "#);
        let known = Event::Surveyed { files: 30_000, read: 0, bytes: 0 };
        assert_eq!(played(&[(0.0, known)]), "", "nothing was read, nothing is said");
    }

    #[test]
    fn progress_lines_stand_at_least_ten_seconds_apart() {
        let mut events = vec![(0.0, script::started("catalog", "scan"))];
        events.extend((1..=100).map(|percent| {
            (percent as f64 / 4.0, script::progress("catalog", "files", percent, 100))
        }));
        let text = played(&events);
        let progress: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            progress,
            ["[ 10.0s] catalog: 40/100 files, 40 %", "[ 20.0s] catalog: 80/100 files, 80 %",]
        );
    }

    #[test]
    fn a_broken_stream_is_survived() {
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
        for (_, event) in script::eventful() {
            plain.emit(&event);
        }
    }
}
