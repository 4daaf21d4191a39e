//! For a user at a terminal: a moving line per running stage, lasting lines above them.
//!
//! ```text
//! ✓ catalog       ran         1.2 s   625 files: 583 ok, 42 skipped
//! ⠹ pianorolls    ━━━━━━━━━━━━━━━╸────────  412/625 files  1,203/s  0:03
//! ```
//!
//! indicatif redraws the moving lines and measures their rates; [`stage_line`] and [`entry`] format the lines,
//! [`screen`] is the terminal. Lasting lines are ordinary lines written between two redraws, so they can be copied
//! and scrolled.
//!
//! A stage's last note is shown on its finished line, any other above the moving lines once the stage continues.

mod entry;
mod screen;
mod stage_line;
#[cfg(test)]
mod tests;

use self::entry::{Entry, NAME_WIDTH, fit_name_column};
use self::screen::Screen;
use self::stage_line::{StageLine, StageProgress};
use super::clock::{Clock, RateLimiter, system_clock};
use super::line_limiter::{Limited, LineLimiter};
use super::{STOPPING, format, input_files, lock, simplify};
use crate::event::{Event, EventSink, Outcome};
use crate::spec::StageId;
use crate::text::{count_of, sanitize};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Redraws per second, at most.
const MAX_REDRAWS: u8 = 12;

/// Time between two frames of a spinner.
const TICK: Duration = Duration::from_millis(100);

/// Minimum time between two updates of a stage's progress.
const INTERVAL: Duration = Duration::from_millis(50);

/// Rates before this are noise.
const RATE_AFTER: Duration = Duration::from_secs(1);

/// Shows a run on a terminal; see the module's documentation.
pub struct Bars {
    multi: MultiProgress,
    screen: Screen,
    colour: bool,
    tick: Option<Duration>,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    running: BTreeMap<StageId, RunningStage>,
    progress: RateLimiter,
    /// Width of the column of names; grows with the longest name seen.
    name_width: usize,
    lines: LineLimiter,
}

struct RunningStage {
    bar: ProgressBar,
    line: Arc<Mutex<StageLine>>,
    /// The last note, unless progress followed it.
    note: Option<String>,
}

impl Bars {
    /// Bars on stderr. If `moves` is false (no terminal), only the lasting lines are written.
    pub fn new(moves: bool, colour: bool) -> Self {
        Self::on(Screen::stderr(), moves.then_some(TICK), moves, colour)
    }

    fn on(screen: Screen, tick: Option<Duration>, moves: bool, colour: bool) -> Self {
        let term = Box::new(screen.clone());
        let target = match moves {
            true => ProgressDrawTarget::term_like_with_hz(term, MAX_REDRAWS),
            false => ProgressDrawTarget::hidden(),
        };
        let state = State {
            running: BTreeMap::new(),
            progress: RateLimiter::new(INTERVAL),
            name_width: NAME_WIDTH.0,
            lines: LineLimiter::default(),
        };
        let multi = MultiProgress::with_draw_target(target);
        Self { multi, screen, colour, tick, clock: system_clock(), state: Mutex::new(state) }
    }

    /// Writes a lasting entry above the moving lines.
    fn print(&self, state: &State, entry: &Entry<'_>) {
        let lines = entry.lines(state.name_width, self.screen.columns(), self.colour);
        self.multi.suspend(|| self.screen.print(&lines));
    }

    /// Keeps a note for the stage's finished line, and prints the one before.
    fn hold_note(&self, state: &mut State, stage: &StageId, text: &str) {
        self.release_note(state, stage);
        match state.running.get_mut(stage) {
            Some(running) => {
                lock(&running.line).about = sanitize(text).into_owned();
                running.note = Some(text.to_owned());
                running.bar.tick();
            }
            None => self.print(state, &Entry::note(stage, text)),
        }
    }

    /// Prints the held note: the stage continues after it.
    fn release_note(&self, state: &mut State, stage: &StageId) {
        if let Some(note) = state.running.get_mut(stage).and_then(|running| running.note.take()) {
            self.print(state, &Entry::note(stage, &note));
        }
    }

    fn start(&self, state: &mut State, stage: &StageId, reason: &str) {
        self.remove(state, stage);
        state.name_width = fit_name_column(state.name_width, stage);
        for running in state.running.values() {
            lock(&running.line).name_width = state.name_width;
        }
        let line = Arc::new(Mutex::new(StageLine::new(stage, state.name_width, reason)));
        let bar = self.multi.add(ProgressBar::no_length().with_style(self.style(&line)));
        if let Some(tick) = self.tick {
            bar.enable_steady_tick(tick);
        }
        bar.tick();
        state.running.insert(stage.clone(), RunningStage { bar, line, note: None });
    }

    /// Returns a style of one key: the line as [`StageLine`] formats it.
    fn style(&self, line: &Arc<Mutex<StageLine>>) -> ProgressStyle {
        let (line, screen, colour) = (Arc::clone(line), self.screen.clone(), self.colour);
        let key = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let elapsed = state.elapsed();
            let rate = if elapsed < RATE_AFTER { 0.0 } else { state.per_sec() };
            let text = lock(&line).format(elapsed.as_secs_f64(), rate, screen.columns(), colour);
            // indicatif notices a failing formatter itself.
            let _ = out.write_str(&text);
        };
        // The template is a constant that parses.
        ProgressStyle::with_template("{line}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("line", key)
    }

    fn progress(&self, state: &mut State, stage: &StageId, progress: StageProgress, about: &str) {
        let complete = progress.total > 0 && progress.done == progress.total;
        if !state.progress.admit(stage, (self.clock)(), complete) {
            return;
        }
        let is_input_files = *stage == input_files();
        if is_input_files && complete {
            self.remove(state, stage);
            return;
        }
        if is_input_files && !state.running.contains_key(stage) {
            self.start(state, stage, "");
        }
        self.release_note(state, stage);
        let Some(running) = state.running.get(stage) else { return };
        let before = {
            let mut line = lock(&running.line);
            line.about = sanitize(about).into_owned();
            line.progress.replace(progress)
        };
        running.bar.set_position(progress.done);
        if before.is_none_or(|old| (old.unit, old.total) != (progress.unit, progress.total)) {
            running.bar.set_length(progress.total);
            // Work done before the counting began (a resumed training) is no speed.
            running.bar.reset_eta();
        }
    }

    fn finish(
        &self,
        state: &mut State,
        stage: &StageId,
        outcome: Outcome,
        seconds: f64,
        detail: &str,
    ) {
        let running = self.remove(state, stage);
        let progress = running.as_ref().and_then(|running| lock(&running.line).progress);
        let progress = progress.map(|progress| progress.to_string()).unwrap_or_default();
        let note = running.and_then(|running| running.note);
        state.name_width = fit_name_column(state.name_width, stage);
        let succeeded = matches!(outcome, Outcome::Ran | Outcome::Fresh | Outcome::Restored);
        let text = if succeeded && detail.is_empty() {
            note.unwrap_or(progress)
        } else {
            if let Some(note) = note {
                self.print(state, &Entry::note(stage, &note));
            }
            match outcome {
                Outcome::Interrupted if detail.is_empty() => progress,
                _ => detail.to_owned(),
            }
        };
        self.print(state, &Entry::finished(stage, outcome, seconds, &text));
    }

    /// Removes the stage's moving line; the next print clears it from the screen.
    fn remove(&self, state: &mut State, stage: &StageId) -> Option<RunningStage> {
        state.progress.forget(stage);
        let running = state.running.remove(stage)?;
        self.multi.remove(&running.bar);
        Some(running)
    }

    fn remove_all(&self, state: &mut State) {
        for running in std::mem::take(&mut state.running).into_values() {
            self.multi.remove(&running.bar);
        }
    }
}

impl EventSink for Bars {
    fn emit(&self, event: &Event) {
        let Some(event) = simplify(event) else { return };
        let state = &mut *lock(&self.state);
        match state.lines.limit(&event) {
            Limited::Show => {}
            Limited::ShowInstead(text) => return self.print(state, &Entry::plain(text)),
            Limited::Drop => return,
        }
        match &*event {
            Event::RunStarted { run, pipeline, stages } => {
                let text = format!("{pipeline}: {}, run {run}", count_of(stages, "stage"));
                self.print(state, &Entry::plain(&text));
            }
            Event::StageStarted { stage, reason, .. } => self.start(state, stage, reason),
            Event::Progress { stage, unit, done, total, about } => {
                let progress = StageProgress { unit, done: *done, total: *total };
                self.progress(state, stage, progress, about);
            }
            Event::Note { stage, text } => self.hold_note(state, stage, text),
            Event::Warning { stage, text } => {
                self.print(state, &Entry::warning(stage.as_ref(), text));
            }
            Event::StageFinished { stage, outcome, seconds, detail, .. } => {
                self.finish(state, stage, *outcome, *seconds, detail);
            }
            Event::Interrupting => self.print(state, &Entry::warning(None, STOPPING)),
            Event::RunFinished { outcome, seconds, counts, .. } => {
                self.remove_all(state);
                let text = format::run_end(*outcome, *seconds, counts);
                self.print(state, &Entry::run_end(*outcome, &text));
            }
            Event::HashingInputs { .. } | Event::InputsHashed { .. } | Event::Parts { .. } => {}
        }
    }
}

impl Drop for Bars {
    /// Clears the moving lines of a run that ended without a last event.
    fn drop(&mut self) {
        self.remove_all(&mut lock(&self.state));
        // `Screen` never fails.
        let _ = self.multi.clear();
    }
}
