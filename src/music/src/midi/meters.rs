//! Merges the time signatures of all tracks.

use super::super::meter::TimeSignature;
use super::super::note::{Division, Note, Tick};
use super::collect::last_of_each_tick;
use super::status::{Fault, Faults};

/// Steps of a grid on which notes are looked for.
const STEPS: u16 = 96;
/// The largest distance of a signature from a bar line, as the inverse of a measure, that may be an inaccuracy.
const MAX_DISTANCE: u64 = 32;

/// Merges the time signatures of all tracks: sorted, at most one per tick, the first at tick 0.
///
/// A signature begins a measure where it is; before the first one 4/4 holds, as the standard says. So one that repeats
/// the one before is left out only if a measure begins there anyway. One close to a bar line is moved to it if the
/// notes fit that bar line and not the signature: some sequencers write it a few ticks late. In format 2 the measures
/// of each piece begin at one of the ticks `pieces`. `notes` are sorted by onset.
pub(super) fn reconcile(
    mut written: Vec<(Tick, TimeSignature)>,
    pieces: &[Tick],
    notes: &[Note],
    division: Division,
    faults: &mut Faults,
) -> Vec<(Tick, TimeSignature)> {
    written.sort_by_key(|&(tick, _)| tick); // stable: file order within a tick
    if written.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1) {
        faults.insert(Fault::ConflictingTimeSignatures);
    }
    let written = last_of_each_tick(written);
    let has_notes = |start: Tick, end: Tick| {
        let next = notes.partition_point(|note| note.onset < start);
        notes.get(next).is_some_and(|note| note.onset < end)
    };
    let starts = if pieces.is_empty() { &[Tick(0)][..] } else { pieces };
    let mut signatures: Vec<(Tick, TimeSignature)> = Vec::with_capacity(written.len() + 1);
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(Tick(u64::MAX));
        if end == start {
            continue; // an empty piece
        }
        let at = |tick: Tick| written.partition_point(|&(written, _)| written < tick);
        let here = &written[at(start)..at(end)];
        let (first, changes) = match here {
            [first, changes @ ..] if first.0 == start => (first.1, changes),
            changes => (TimeSignature::COMMON, changes),
        };
        if changes.len() == here.len()
            && changes.first().is_some_and(|&(tick, _)| has_notes(start, tick))
        {
            faults.insert(Fault::LateTimeSignature);
        }
        let mut last = (start, first);
        signatures.push(last);
        for (number, &(written, signature)) in changes.iter().enumerate() {
            let next = changes.get(number + 1).map_or(end, |next| next.0);
            let until = notes.partition_point(|note| note.onset < next);
            let moved = bar_line(last, written, division)
                .filter(|&to| to < next)
                .filter(|&to| fits_better(to, written, &notes[..until], signature, division));
            if moved.is_some() {
                faults.insert(Fault::InexactTimeSignature);
            }
            let change = (moved.unwrap_or(written), signature);
            let is_bar_line = last.1.measure(division).is_multiple(change.0.0 - last.0.0);
            if change.0 == last.0 {
                signatures.pop();
                last = change;
                signatures.push(last);
                continue;
            }
            if !is_bar_line && has_notes(start, change.0) {
                faults.insert(Fault::ShortMeasure);
            }
            if !is_bar_line || change.1 != last.1 {
                last = change;
                signatures.push(last);
            }
        }
    }
    signatures
}

/// Returns the bar line that a signature is just beside; `None` if it is on one, or far from one.
fn bar_line(
    (start, before): (Tick, TimeSignature),
    Tick(written): Tick,
    division: Division,
) -> Option<Tick> {
    // Bar lines between two ticks are left alone.
    let measure = before.measure(division).whole_ticks()?;
    let (ticks, half) = (written - start.0, measure / 2);
    let nearest = ticks.checked_add(half)? / measure * measure;
    let distance = nearest.abs_diff(ticks);
    (distance > 0 && distance <= measure / MAX_DISTANCE).then(|| Tick(start.0 + nearest))
}

/// Returns true if most notes from a bar line on are on steps that count from there, and few on those that count from where
/// the signature is. `notes` end where it does.
fn fits_better(
    to: Tick,
    written: Tick,
    notes: &[Note],
    signature: TimeSignature,
    division: Division,
) -> bool {
    let measure = signature.measure(division);
    let from = notes.partition_point(|note| note.onset < to.max(written));
    let (mut fit, mut fit_written) = (0, 0);
    let notes = &notes[from..];
    for note in notes {
        fit += usize::from(measure.nearest(note.onset.0 - to.0, STEPS).1);
        fit_written += usize::from(measure.nearest(note.onset.0 - written.0, STEPS).1);
    }
    2 * fit > notes.len() && fit > 2 * fit_written
}
