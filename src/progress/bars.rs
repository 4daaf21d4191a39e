//! For a person at a terminal: a line that moves per running stage, above it what is worth keeping.
//!
//! ```text
//! ✓ catalog       ran         1.2 s   625 files: 583 ok, 42 left out
//! ⠹ pianorolls    ━━━━━━━━━━━━━━━╸────────  412/625 files  1,203/s  0:03
//! ```
//!
//! indicatif keeps the moving lines, their rates and their redrawing; [`line`] says what stands in
//! them, [`screen`] is the terminal. Lines that stay are written between two redraws as ordinary
//! lines, so that they can be copied and scrolled like any others.
//!
//! A stage's last note, when no work followed it, stands on its finished line. Any other stands
//! above the moving lines as soon as the stage goes on.

mod line;
mod screen;
#[cfg(test)]
mod tests;

use self::line::{Amount, Entry, Live};
use self::screen::Screen;
use super::clock::{self, Clock, Pace};
use super::flood::{Flood, Line};
use super::{STOPPING, format, text};
use crate::event::{Event, EventSink, Outcome};
use crate::spec::StageId;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The moving lines are drawn this often a second at most.
const REDRAWS: u8 = 12;

/// Spinners turn this often.
const TICK: Duration = Duration::from_millis(100);

/// Progress of one stage is taken in at most this often.
const EVERY: Duration = Duration::from_millis(50);

/// Rates of the first moments are noise.
const RATE_AFTER: Duration = Duration::from_secs(1);

/// Shows a run on a terminal; see the module's page.
pub struct Bars {
    multi: MultiProgress,
    screen: Screen,
    colour: bool,
    tick: Option<Duration>,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    running: BTreeMap<StageId, Running>,
    pace: Pace,
    /// How wide names stand: grows with the longest name seen.
    column: usize,
    flood: Flood,
}

/// A stage under way.
struct Running {
    bar: ProgressBar,
    live: Arc<Mutex<Live>>,
    note: Option<String>,
}

impl Bars {
    /// Bars on stderr. Without `moves` (no terminal) only the lines that stay are written.
    #[must_use]
    pub fn new(moves: bool, colour: bool) -> Self {
        Self::on(Screen::stderr(), moves.then_some(TICK), moves, colour)
    }

    fn on(screen: Screen, tick: Option<Duration>, moves: bool, colour: bool) -> Self {
        let target = if moves {
            ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), REDRAWS)
        } else {
            ProgressDrawTarget::hidden()
        };
        let state = State {
            running: BTreeMap::new(),
            pace: Pace::new(EVERY),
            column: 12,
            flood: Flood::default(),
        };
        Self {
            multi: MultiProgress::with_draw_target(target),
            screen,
            colour,
            tick,
            clock: clock::machine(),
            state: Mutex::new(state),
        }
    }

    /// Writes an entry that stays, above the moving lines.
    fn print(&self, state: &State, entry: &Entry<'_>) {
        let lines = entry.lines(state.column, self.screen.columns(), self.colour);
        self.multi.suspend(|| self.screen.print(&lines));
    }

    fn note(&self, state: &State, stage: &StageId, note: &str) {
        self.print(state, &Entry::note(&stage.0, note));
    }

    /// Keeps a note for the stage's finished line, in the place of the one before.
    fn hold_note(&self, state: &mut State, stage: &StageId, text: &str) {
        self.release_note(state, stage);
        match state.running.get_mut(stage) {
            Some(running) => {
                lock(&running.live).about = text::clean(text).into_owned();
                running.note = Some(text.to_owned());
                running.bar.tick();
            }
            None => self.note(state, stage, text),
        }
    }

    /// Prints the stage's note that waits for its finished line: the work goes on after all.
    fn release_note(&self, state: &mut State, stage: &StageId) {
        if let Some(note) = state.running.get_mut(stage).and_then(|running| running.note.take()) {
            self.note(state, stage, &note);
        }
    }

    fn start(&self, state: &mut State, stage: &StageId, reason: &str) {
        self.remove(state, stage);
        state.column = line::column(state.column, &stage.0);
        for running in state.running.values() {
            lock(&running.live).column = state.column;
        }
        let live = Arc::new(Mutex::new(Live::new(&stage.0, state.column, reason)));
        let bar = self.multi.add(ProgressBar::no_length().with_style(self.style(&live)));
        if let Some(tick) = self.tick {
            bar.enable_steady_tick(tick);
        }
        bar.tick();
        state.running.insert(stage.clone(), Running { bar, live, note: None });
    }

    /// A style of one key: the line as [`Live`] writes it.
    fn style(&self, live: &Arc<Mutex<Live>>) -> ProgressStyle {
        let (live, screen, colour) = (Arc::clone(live), self.screen.clone(), self.colour);
        let key = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let elapsed = state.elapsed();
            let rate = if elapsed < RATE_AFTER { 0.0 } else { state.per_sec() };
            let line = lock(&live).line(elapsed.as_secs_f64(), rate, screen.columns(), colour);
            // A formatter that fails is indicatif's to notice.
            let _ = out.write_str(&line);
        };
        // The template is a constant that parses.
        ProgressStyle::with_template("{line}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("line", key)
    }

    fn progress(&self, state: &mut State, stage: &StageId, amount: Amount, about: &str) {
        let now = (self.clock)();
        let complete = amount.total > 0 && amount.done == amount.total;
        if !(state.pace.due(stage, now) || complete) {
            return;
        }
        state.pace.spoke(stage, now);
        self.release_note(state, stage);
        let Some(running) = state.running.get(stage) else {
            return;
        };
        let before = {
            let mut live = lock(&running.live);
            live.about = text::clean(about).into_owned();
            live.amount.replace(amount)
        };
        running.bar.set_position(amount.done);
        if before.is_none_or(|before| (before.unit, before.total) != (amount.unit, amount.total)) {
            running.bar.set_length(amount.total);
            // What was done before the counting began (a resumed training) is no speed.
            running.bar.reset_eta();
        }
    }

    fn finish(&self, state: &mut State, stage: &StageId, outcome: Outcome, ended: (f64, &str)) {
        let (seconds, detail) = ended;
        let (note, amount) = match self.remove(state, stage) {
            Some(running) => (running.note, lock(&running.live).amount),
            None => (None, None),
        };
        state.column = line::column(state.column, &stage.0);
        let far = amount.map(|amount| amount.to_string()).unwrap_or_default();
        let text = match outcome {
            Outcome::Ran | Outcome::Fresh | Outcome::Restored if detail.is_empty() => {
                note.unwrap_or(far)
            }
            _ => {
                if let Some(note) = note {
                    self.note(state, stage, &note);
                }
                let interrupted = outcome == Outcome::Interrupted && detail.is_empty();
                if interrupted { far } else { detail.to_owned() }
            }
        };
        self.print(state, &Entry::finished(&stage.0, outcome, seconds, &text));
    }

    /// Takes the stage's moving line away; the next print clears it from the screen.
    fn remove(&self, state: &mut State, stage: &StageId) -> Option<Running> {
        state.pace.forget(stage);
        let running = state.running.remove(stage)?;
        self.multi.remove(&running.bar);
        Some(running)
    }

    fn close(&self, state: &mut State, entry: &Entry<'_>) {
        for running in std::mem::take(&mut state.running).into_values() {
            self.multi.remove(&running.bar);
        }
        self.print(state, entry);
    }
}

impl EventSink for Bars {
    fn emit(&self, event: &Event) {
        let mut state = lock(&self.state);
        match state.flood.line(event) {
            Line::Show => {}
            Line::Cut(text) => return self.print(&state, &Entry::plain(text)),
            Line::Drop => return,
        }
        match event {
            Event::Surveying { read, files, .. } => {
                let reading = super::reading(event);
                if let Some(Event::Progress { stage, unit, done, total, about }) = reading {
                    if !state.running.contains_key(&stage) {
                        self.start(&mut state, &stage, "");
                    }
                    self.progress(&mut state, &stage, Amount { unit, done, total }, &about);
                    if read == files {
                        self.remove(&mut state, &stage);
                    }
                }
            }
            Event::Surveyed { .. } => {
                if let Some(text) = super::was_read(event) {
                    self.note(&state, &super::input_files(), &text);
                }
            }
            Event::RunStarted { run, pipeline, stages } => {
                let text = format!("{pipeline}: {}, run {run}", format::stages(*stages));
                self.print(&state, &Entry::plain(&text));
            }
            Event::StageStarted { stage, reason, .. } => self.start(&mut state, stage, reason),
            Event::Progress { stage, unit, done, total, about } => {
                let amount = Amount { unit, done: *done, total: *total };
                self.progress(&mut state, stage, amount, about);
            }
            Event::Note { stage, text } => self.hold_note(&mut state, stage, text),
            Event::Parts { stage, parts } => {
                if let Some(text) = format::parts(*parts) {
                    self.hold_note(&mut state, stage, &text);
                }
            }
            Event::Warning { stage, text } => {
                self.print(&state, &Entry::warning(stage.as_ref().map(|stage| &*stage.0), text));
            }
            Event::StageFinished { stage, outcome, seconds, detail, .. } => {
                self.finish(&mut state, stage, *outcome, (*seconds, detail));
            }
            Event::Interrupting => self.print(&state, &Entry::warning(None, STOPPING)),
            Event::RunFinished { outcome, seconds, counts, .. } => {
                let took = format::seconds(*seconds);
                let text = match format::tally(counts) {
                    empty if empty.is_empty() => format!("{outcome} in {took}"),
                    tally => format!("{outcome} in {took}: {tally}"),
                };
                self.close(&mut state, &Entry::closing(outcome, &text));
            }
        }
    }
}

impl Drop for Bars {
    /// A run that ended without a last word leaves no half line behind.
    fn drop(&mut self) {
        let running = std::mem::take(&mut lock(&self.state).running);
        for running in running.into_values() {
            self.multi.remove(&running.bar);
        }
        // `Screen` never fails.
        let _ = self.multi.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
