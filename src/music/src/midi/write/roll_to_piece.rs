//! Turns an onset pianoroll into a piece that can be played and read.
//!
//! An onset pianoroll has no durations, hands or dynamics. A note lasts until the next onset in its hand (at least a
//! sixteenth, at most a quarter in the right hand and a half in the left), or a fixed time ([`Lengths`]), and never
//! beyond the next onset of its pitch. The hands are split at the pitch near middle C that best separates low from high
//! (Otsu's threshold on the pitches), so that programs show a readable two-staff piece. Notes on beats and of the tune are
//! louder.

use super::{Piece, PlacedNote, Track, microseconds_per_quarter};
use crate::meter::TimeSignature;
use crate::note::{Channel, Division, Pitch, Velocity};
use crate::roll::RollShape;

/// Durations of notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lengths {
    /// Until the next onset in the same hand, at least a sixteenth; at most a quarter in the right
    /// hand and a half in the left.
    #[default]
    UntilNext,
    /// A number of steps, at least one.
    Fixed(u32),
}

/// Performance of a pianoroll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollOptions {
    /// Quarter notes per minute.
    pub tempo: u32,
    /// Time signature of each measure.
    pub signature: TimeSignature,
    /// General MIDI program of both hands, 0..=127.
    pub program: u8,
    /// Title of the piece.
    pub title: String,
    /// Origin of the piece, such as model and seed.
    pub comment: Option<String>,
    /// Mean velocity; accents raise and lower it.
    pub velocity: Velocity,
    /// Durations of the notes; none reaches the next one of its pitch.
    pub lengths: Lengths,
}

/// Reasons why a pianoroll cannot be turned into a piece.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    /// A cell is outside its measure.
    #[error(
        "measure {measure}: cell {cell} is outside a grid of {steps} steps x {pitches} pitches"
    )]
    Cell {
        /// Index of the measure, from 0.
        measure: usize,
        /// The cell.
        cell: u16,
        /// Steps per measure.
        steps: usize,
        /// Pitches per step.
        pitches: usize,
    },
    /// No MIDI division makes a step a whole number of ticks.
    #[error("{steps} steps in a measure of {signature} are no whole ticks in any MIDI division")]
    NoDivision {
        /// Steps per measure.
        steps: usize,
        /// Time signature of each measure.
        signature: TimeSignature,
    },
}

/// An onset on the grid; ticks are computed last.
#[derive(Clone, Copy)]
struct Onset {
    step: u32,
    pitch: Pitch,
}

/// Turns measures of cells into a piece with two hands. A step is a whole number of ticks: 96 steps in 4/4 give 480 ticks
/// per quarter note.
///
/// # Errors
/// Returns an error if a cell is outside its measure, or if no MIDI division suits the steps.
pub fn roll_to_piece(
    measures: &[Vec<u16>],
    shape: &RollShape,
    options: &RollOptions,
) -> Result<Piece, RollError> {
    let (steps, signature) = (shape.steps() as u32, options.signature);
    let (ticks, division) = step_ticks(steps, signature)
        .ok_or(RollError::NoDivision { steps: shape.steps(), signature })?;
    let mut onsets = Vec::new();
    for (measure, (cells, start)) in measures.iter().zip((0..).step_by(shape.steps())).enumerate() {
        for &cell in cells {
            if usize::from(cell) >= shape.cells_per_measure() {
                let (steps, pitches) = (shape.steps(), shape.pitches());
                return Err(RollError::Cell { measure, cell, steps, pitches });
            }
            let pitch = Pitch::clamped(shape.pitch(cell) as u8);
            onsets.push(Onset { step: start + shape.step(cell) as u32, pitch });
        }
    }
    onsets.sort_unstable_by_key(|onset| (onset.step, onset.pitch));

    let split = split_point(&onsets);
    let quarter = (u32::from(division.get()) / ticks).max(1);
    let play = |name: &str, channel: u8, right: bool| {
        let hand: Vec<Onset> =
            onsets.iter().copied().filter(|o| (o.pitch.get() >= split) == right).collect();
        let bounds = match options.lengths {
            Lengths::UntilNext if right => ((quarter / 4).max(1), quarter),
            Lengths::UntilNext => ((quarter / 4).max(1), 2 * quarter),
            Lengths::Fixed(steps) => (steps, steps),
        };
        let note = |i: usize| {
            let accent = accent(&hand, i, steps, signature, right);
            let velocity = i32::from(options.velocity.get()) + accent;
            let velocity = Velocity::clamped(velocity.clamp(1, 127) as u8);
            let ticks_long = length(&hand[i..], bounds).saturating_mul(ticks);
            PlacedNote::new(hand[i].step * ticks, ticks_long, hand[i].pitch, velocity)
        };
        let (name, channel) = (name.into(), Channel::clamped(channel));
        let notes = (0..hand.len()).map(note).collect();
        Track { name, channel, program: options.program, notes }
    };
    Ok(Piece {
        division,
        microseconds_per_quarter: microseconds_per_quarter(options.tempo),
        signature: options.signature,
        key: None,
        title: options.title.clone(),
        comment: options.comment.clone(),
        markers: Vec::new(),
        tracks: vec![play("Right hand", 0, true), play("Left hand", 1, false)],
    })
}

/// Returns ticks per step and per quarter note: at least 480 per quarter note if the fifteen bits of MIDI allow it.
fn step_ticks(steps: u32, signature: TimeSignature) -> Option<(u32, Division)> {
    let quarters = 4 * u64::from(signature.numerator());
    let fitting = |ticks: u32| {
        let product = u64::from(steps) * u64::from(ticks) * u64::from(signature.denominator());
        let division = u16::try_from(product / quarters).ok().and_then(Division::new)?;
        (product % quarters == 0).then_some((ticks, division))
    };
    let candidates = || (1..=0x7fff).filter_map(fitting);
    candidates().find(|(_, division)| division.get() >= 480).or_else(|| candidates().next_back())
}

/// Returns the steps from the first note of `rest` to the next onset of the hand, within bounds, or of the same pitch.
fn length(rest: &[Onset], (shortest, longest): (u32, u32)) -> u32 {
    let Some((first, later)) = rest.split_first() else {
        return shortest;
    };
    let gap = |found: Option<&Onset>| found.map_or(longest, |next| next.step - first.step);
    let next = gap(later.iter().find(|o| o.step > first.step)).clamp(shortest, longest);
    next.min(gap(later.iter().find(|o| o.pitch == first.pitch))).max(1)
}

/// Returns the velocity to add to the mean: most on the first beat, less on the others, least between parts of beats.
fn accent(hand: &[Onset], index: usize, steps: u32, signature: TimeSignature, right: bool) -> i32 {
    let Onset { step, .. } = hand[index];
    let beat = match step % steps {
        0 => 10,
        within if signature.is_on_beat(within, steps) => 5,
        within if signature.is_on_beat_part(within, steps) => 0,
        _ => -5,
    };
    // Sorted by pitch within a step: the last note of a step is the highest.
    let top = hand.get(index + 1).is_none_or(|next| next.step > step);
    beat + match (right, top) {
        (true, true) => 5,
        (true, false) => -8,
        (false, _) => -4,
    }
}

/// Returns the lowest pitch of the right hand, within a sixth of middle C.
fn split_point(onsets: &[Onset]) -> u8 {
    let score = |split: u8| {
        let (mut low, mut high) = ((0.0f64, 0.0f64), (0.0f64, 0.0f64));
        for onset in onsets {
            let side = if onset.pitch.get() < split { &mut low } else { &mut high };
            *side = (side.0 + 1.0, side.1 + f64::from(onset.pitch.get()));
        }
        let gap = high.1 * low.0 - low.1 * high.0;
        if low.0 == 0.0 || high.0 == 0.0 { 0.0 } else { gap * gap / (low.0 * high.0) }
    };
    let mut best = (60, score(60));
    for split in 51..=69 {
        let found = score(split);
        let closer = split.abs_diff(60) < u8::abs_diff(best.0, 60);
        if found > best.1 || (found == best.1 && closer) {
            best = (split, found);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn options(numerator: u8, denominator: u8) -> RollOptions {
        RollOptions {
            tempo: 120,
            signature: TimeSignature::new(numerator, denominator).expect("a signature"),
            program: 0,
            title: "Drawn song 1".into(),
            comment: None,
            velocity: Velocity::clamped(80),
            lengths: Lengths::UntilNext,
        }
    }

    fn cell(step: u16, pitch: u16) -> u16 {
        step * 96 + pitch - 16
    }

    fn play(measures: &[Vec<u16>]) -> Piece {
        roll_to_piece(measures, &RollShape::THESIS, &options(4, 4)).expect("a roll inside the grid")
    }

    /// (onset, pitch, duration) in steps of 20 ticks.
    fn hand(piece: &Piece, index: usize) -> Vec<(u32, u8, u32)> {
        let steps = |note: &PlacedNote| (note.onset / 20, note.pitch.get(), note.duration / 20);
        piece.tracks[index].notes.iter().map(steps).collect()
    }

    proptest! {
        #[test]
        fn pieces_quantize_back_to_their_cells(
            measures in prop::collection::vec(prop::collection::btree_set(0u16..9216, 0..40), 1..5),
            signature in prop::sample::select(vec![(4, 4), (3, 4), (6, 8), (7, 8), (5, 4)]),
        ) {
            let measures: Vec<Vec<u16>> =
                measures.into_iter().map(|cells| cells.into_iter().collect()).collect();
            let options = options(signature.0, signature.1);
            let piece = roll_to_piece(&measures, &RollShape::THESIS, &options).expect("inside the grid");
            let measure = piece.signature.measure(piece.division);
            let mut again = vec![Vec::new(); measures.len()];
            for note in piece.tracks.iter().flat_map(|track| &track.notes) {
                let onset = u64::from(note.onset);
                prop_assert!(measure.nearest(onset, 96).1);
                let step = measure.nearest(onset, 96).0;
                let cell = cell((step % 96) as u16, u16::from(note.pitch.get()));
                again[(step / 96) as usize].push(cell);
            }
            again.iter_mut().for_each(|cells| cells.sort_unstable());
            prop_assert_eq!(again, measures);
        }
    }

    #[test]
    fn notes_last_until_the_next_of_their_hand_within_bounds() {
        let right = [(0, 72), (2, 74), (12, 76), (72, 72)].map(|(step, pitch)| cell(step, pitch));
        let left = [(0, 40), (60, 43)].map(|(step, pitch)| cell(step, pitch));
        let mut cells = [right.as_slice(), left.as_slice()].concat();
        cells.sort_unstable();
        let piece = play(&[cells]);
        // A sixteenth is 6 steps, a quarter 24.
        assert_eq!(hand(&piece, 0), [(0, 72, 6), (2, 74, 10), (12, 76, 24), (72, 72, 24)]);
        assert_eq!(hand(&piece, 1), [(0, 40, 48), (60, 43, 48)]);
    }

    #[test]
    fn notes_never_overlap_the_next_of_their_pitch() {
        let piece = play(&[vec![cell(0, 72), cell(2, 72)]]);
        assert_eq!(hand(&piece, 0), [(0, 72, 2), (2, 72, 24)]);
    }

    #[test]
    fn fixed_lengths_are_cut_at_the_next_note_of_the_pitch() {
        let cells = vec![cell(0, 40), cell(0, 72), cell(2, 74), cell(40, 72), cell(43, 72)];
        let options = RollOptions { lengths: Lengths::Fixed(12), ..options(4, 4) };
        let piece =
            roll_to_piece(&[cells], &RollShape::THESIS, &options).expect("a roll inside the grid");
        assert_eq!(hand(&piece, 0), [(0, 72, 12), (2, 74, 12), (40, 72, 3), (43, 72, 12)]);
        assert_eq!(hand(&piece, 1), [(0, 40, 12)]);
    }

    #[test]
    fn hands_are_split_in_the_gap_near_middle_c() {
        let low = [50, 53, 56].map(|pitch| cell(0, pitch));
        let high = [66, 70].map(|pitch| cell(0, pitch));
        let piece = play(&[[low.as_slice(), high.as_slice()].concat()]);
        assert_eq!(hand(&piece, 0).iter().map(|n| n.1).collect::<Vec<_>>(), [66, 70]);
        assert_eq!(hand(&piece, 1).iter().map(|n| n.1).collect::<Vec<_>>(), [50, 53, 56]);
    }

    #[test]
    fn beats_and_the_tune_are_louder() {
        let piece = play(&[vec![cell(0, 70), cell(0, 76), cell(7, 76), cell(24, 76)]]);
        let loud: Vec<u8> = piece.tracks[0].notes.iter().map(|n| n.velocity.get()).collect();
        assert_eq!(loud, [82, 95, 80, 90]);
    }

    #[test]
    fn beats_of_each_meter_are_louder_than_their_parts() {
        let velocities = |numerator, denominator, steps: &[u16]| -> Vec<u8> {
            let cells = steps.iter().map(|&step| cell(step, 76)).collect();
            let options = options(numerator, denominator);
            let piece = roll_to_piece(&[cells], &RollShape::THESIS, &options).expect("inside");
            piece.tracks[0].notes.iter().map(|note| note.velocity.get()).collect()
        };
        let (first, beat, part, other) = (95, 90, 85, 80);
        let eighths = [0, 16, 32, 48, 64, 80];
        assert_eq!(velocities(6, 8, &eighths), [first, part, part, beat, part, part]);
        assert_eq!(velocities(3, 4, &eighths), [first, part, beat, part, beat, part]);
        assert_eq!(velocities(6, 8, &[8, 24, 56]), [other; 3]);
        assert_eq!(velocities(12, 8, &[0, 24, 32, 48, 72]), [first, beat, part, beat, beat]);
        assert_eq!(velocities(9, 8, &[0, 32, 64, 75]), [first, beat, beat, part]);
        assert_eq!(velocities(2, 2, &[0, 24, 48, 60]), [first, part, beat, other]);
    }

    #[test]
    fn a_step_in_common_time_is_twenty_of_480_ticks() {
        let piece = play(&[vec![], vec![cell(1, 60)]]);
        assert_eq!(piece.division.get(), 480);
        assert_eq!(piece.tracks[0].notes[0].onset, 97 * 20);
    }

    #[test]
    fn cells_outside_the_grid_are_refused_with_their_position() {
        let refused = |measures: &[Vec<u16>], shape: RollShape| {
            let error = roll_to_piece(measures, &shape, &options(4, 4));
            error.expect_err("refused").to_string()
        };
        assert_eq!(
            refused(&[vec![], vec![9216]], RollShape::THESIS),
            "measure 1: cell 9216 is outside a grid of 96 steps x 96 pitches"
        );
        assert_eq!(
            refused(&[], RollShape::new(1, 65535, 1, 60).expect("a shape")),
            "65535 steps in a measure of 4/4 are no whole ticks in any MIDI division"
        );
    }
}
