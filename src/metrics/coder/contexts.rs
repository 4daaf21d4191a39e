//! The decisions that a song consists of, and the contexts of each.

use super::history::{History, Rows};
use crate::music::roll::RollShape;

/// Contexts of a decision.
pub(super) const CONTEXTS: usize = 12;
/// Sets of weights by which contexts are mixed.
pub(super) const MIXES: usize = 24;

/// A yes or no.
pub(super) struct Decision {
    /// Numbers of the contexts that it is in.
    pub(super) contexts: [u32; CONTEXTS],
    /// Set of weights.
    pub(super) mix: usize,
    /// The answer.
    pub(super) holds: bool,
}

/// Visits the decisions of a song in order. A decision's contexts depend on those before alone.
pub(super) fn decisions(song: &[Vec<u16>], shape: &RollShape, visit: &mut dyn FnMut(&Decision)) {
    let mut history = History::new(shape.steps());
    for measure in song {
        history.begin_measure();
        let mut cells = measure.iter().copied().peekable();
        for step in 0..shape.steps() {
            let mut chord: Rows = 0;
            while let Some(cell) = cells.next_if(|&cell| shape.step(cell) == step) {
                chord |= 1 << shape.row(cell);
            }
            visit(&attack(&history, step, shape, chord != 0));
            if chord != 0 {
                visit_rows(&history, step, shape, chord, visit);
            }
            history.add(step, chord);
        }
    }
}

/// Visits for each row, upwards, whether it is in a chord. If only the last one is left for a chord that has none, it is
/// certain.
fn visit_rows(
    history: &History,
    step: usize,
    shape: &RollShape,
    chord: Rows,
    visit: &mut dyn FnMut(&Decision),
) {
    let rows = shape.pitches();
    let window = Window::new(history, step);
    let mut below: Rows = 0;
    for row in 0..rows {
        if row + 1 == rows && below == 0 {
            break;
        }
        let holds = chord >> row & 1 == 1;
        visit(&window.decision(row, below, holds));
        below |= Rows::from(holds) << row;
    }
}

/// Combines numbers to that of a context.
fn context(kind: u32, parts: &[usize]) -> u32 {
    let mix =
        |hash: u32, &part: &usize| (hash ^ part as u32).wrapping_mul(0x9E37_79B1).rotate_left(15);
    parts.iter().fold(kind.wrapping_mul(0x85EB_CA6B), mix)
}

/// Class of a count: 0, 1, 2, 3 to 4, 5 to 8, and so on.
fn level(count: usize) -> usize {
    match count {
        0 => 0,
        1 => 1,
        _ => 1 + (usize::BITS - (count - 1).leading_zeros()) as usize,
    }
}

/// Whether notes start at a step.
fn attack(history: &History, step: usize, shape: &RollShape, holds: bool) -> Decision {
    let measure = history.measure();
    // Three values: before the song, nothing, something.
    let lag = |lag: usize| history.at_lag(step, lag).map_or(0, |chord| 1 + usize::from(chord != 0));
    let lags = [lag(1), lag(2), lag(4), lag(8)];
    let place = step * 96 / shape.steps();
    let History { since, gaps, attacks, notes, .. } = history;
    let aligned =
        history.aligned(step).map_or(0, |(chord, class)| 2 * class + usize::from(chord != 0));
    let share = level(usize::from(attacks[step]));
    let is_due = usize::from(since + 1 == gaps[0]);
    let contexts = [
        context(1, &[place]),
        context(2, &[lags[0], lags[1], lags[2], lags[3]]),
        context(3, &[place % 24, lags[0], lags[2], aligned]),
        context(4, &[*since, gaps[0], gaps[1]]),
        context(5, &[*since, place % 48]),
        context(6, &[share, level(measure), lags[0]]),
        context(7, &[aligned, is_due, place % 12]),
        context(8, &[*since, gaps[0], aligned]),
        context(9, &[place, lags[0], lags[1]]),
        context(10, &[place, level(*notes / (measure + 1))]),
        context(11, &[place % 24, gaps[0], usize::from(*since < gaps[0])]),
        context(12, &[aligned, share, level(measure), lags[2]]),
    ];
    Decision { contexts, mix: aligned.min(MIXES / 2 - 1), holds }
}

/// The music from which the rows of a chord are predicted.
struct Window<'a> {
    history: &'a History,
    lags: [Option<Rows>; 4],
    aligned: Option<(Rows, usize)>,
    step: usize,
}

impl<'a> Window<'a> {
    fn new(history: &'a History, step: usize) -> Self {
        Self {
            history,
            lags: [1, 2, 4, 8].map(|lag| history.at_lag(step, lag)),
            aligned: history.aligned(step),
            step,
        }
    }

    /// Whether a row is in the chord, given the rows below that are.
    fn decision(&self, row: usize, below: Rows, holds: bool) -> Decision {
        let Self { history, lags, aligned, step } = self;
        let History { rows, classes, notes, last, .. } = history;
        let at = |chord: Rows| usize::from(chord >> row & 1 == 1);
        // Before the song, no chord there, the chord without this row, with it.
        let lag =
            |chord: Option<Rows>| chord.map_or(0, |chord| 1 + usize::from(chord != 0) + at(chord));
        let lags = lags.map(lag);
        let aligned =
            aligned.map_or(0, |(chord, class)| 3 * class + usize::from(chord != 0) + at(chord));
        // Rows around, from two below to two above.
        let around = |chord: Rows| ((chord << 2 >> row) & 31) as usize;
        let size = below.count_ones() as usize;
        let gap = |chord: Rows| match chord & ((1 << row) - 1) {
            0 => 0,
            under => row - (127 - under.leading_zeros() as usize),
        };
        let above = |chord: Rows| match chord >> row {
            0 => 0,
            over => 1 + over.trailing_zeros() as usize,
        };
        let (interval, under) = (gap(below), gap(below & !top(below)));
        let count = level(rows[row].into());
        let class = level(usize::from(classes[row % 12]) * 64 / (notes + 1));
        let contexts = [
            context(21, &[row, size]),
            context(22, &[lags[0], lags[1], lags[2], lags[3]]),
            context(23, &[aligned, interval, size.min(3)]),
            context(24, &[count, level(*notes), class]),
            context(25, &[around(last[0]), around(last[1]), size.min(2)]),
            context(26, &[interval, under, class]),
            context(27, &[gap(last[0]), above(last[0]), size.min(3)]),
            context(28, &[lags[0], lags[2], aligned, at(last[0])]),
            context(29, &[class, count, at(last[0]), interval]),
            context(30, &[row / 4, class, above(last[0]).min(13), size.min(3)]),
            context(31, &[aligned, count, at(last[1]), lags[0]]),
            context(32, &[*step, row, lags[0]]),
        ];
        Decision { contexts, mix: MIXES / 2 + 3 * size.min(3) + (aligned % 3), holds }
    }
}

/// Returns the highest row alone.
fn top(rows: Rows) -> Rows {
    match rows {
        0 => 0,
        rows => 1 << (127 - rows.leading_zeros()),
    }
}
