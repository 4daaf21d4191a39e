//! Merges the time signatures of all tracks.

use super::super::meter::TimeSignature;
use super::super::note::{Division, Note, Tick};
use super::collect::last_of_each_tick;
use super::status::{Fault, Faults};

/// Merges the time signatures of all tracks: sorted, at most one per tick, the first at tick 0.
///
/// A signature begins a measure where it is; before the first one 4/4 holds, as the standard says. So one that repeats
/// the one before is left out only if a measure begins there anyway. In format 2 each piece starts anew at one of the
/// ticks `pieces`. `notes` are sorted by onset.
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
        for &change in changes {
            let is_bar_line = last.1.measure(division).is_multiple(change.0.0 - last.0.0);
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
