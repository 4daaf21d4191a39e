//! Merges the time signatures of all tracks.

use super::super::meter::TimeSignature;
use super::super::note::{Division, Note, Tick};
use super::collect::last_of_each_tick;
use super::status::{Fault, Faults};
use std::ops::Range;

/// Steps per measure of the grid that notes are compared with.
const STEPS: u16 = 96;
/// Inverse of the largest distance from a bar line, in measures, that may be an inaccuracy.
const MAX_DISTANCE: u64 = 32;

/// Returns the time signatures of all tracks together: sorted, at most one per tick, the first at tick 0.
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
    let signatures = Vec::with_capacity(written.len() + 1);
    let mut meter = MeterBuilder { notes, division, faults, signatures };
    let starts = if pieces.is_empty() { &[Tick(0)][..] } else { pieces };
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(Tick(u64::MAX));
        if end == start {
            continue; // an empty piece
        }
        let at = |tick: Tick| written.partition_point(|&(written, _)| written < tick);
        meter.add_piece(start..end, &written[at(start)..at(end)]);
    }
    meter.signatures
}

/// Collects the signatures, each at the start of a measure.
struct MeterBuilder<'a> {
    /// Sorted by onset.
    notes: &'a [Note],
    division: Division,
    faults: &'a mut Faults,
    signatures: Vec<(Tick, TimeSignature)>,
}

impl MeterBuilder<'_> {
    /// Adds the signatures that are written in a piece.
    fn add_piece(&mut self, piece: Range<Tick>, written: &[(Tick, TimeSignature)]) {
        let (first, changes) = match written {
            [first, changes @ ..] if first.0 == piece.start => (first.1, changes),
            changes => {
                if changes.first().is_some_and(|first| self.has_notes(piece.start..first.0)) {
                    self.faults.insert(Fault::LateTimeSignature);
                }
                (TimeSignature::COMMON, changes)
            }
        };
        self.signatures.push((piece.start, first));
        for (index, &change) in changes.iter().enumerate() {
            let next = changes.get(index + 1).map_or(piece.end, |next| next.0);
            self.add_change(piece.start, change, next);
        }
    }

    /// Adds a signature that is written in the piece that starts at `start`, unless it changes nothing. The next one is
    /// written at `next`.
    fn add_change(&mut self, start: Tick, (written, signature): (Tick, TimeSignature), next: Tick) {
        let Some(&last) = self.signatures.last() else { return };
        let moved = bar_line(last, written, self.division)
            .filter(|&to| to < next && self.fits_better(to, (written, signature), next));
        if moved.is_some() {
            self.faults.insert(Fault::InexactTimeSignature);
        }
        let tick = moved.unwrap_or(written);
        if tick == last.0 {
            self.signatures.pop();
        } else {
            let is_bar_line = last.1.measure(self.division).is_multiple(tick.0 - last.0.0);
            if !is_bar_line && self.has_notes(start..tick) {
                self.faults.insert(Fault::ShortMeasure);
            }
            if is_bar_line && signature == last.1 {
                return;
            }
        }
        self.signatures.push((tick, signature));
    }

    /// Returns true if a note starts in `ticks`.
    fn has_notes(&self, ticks: Range<Tick>) -> bool {
        let next = self.notes.partition_point(|note| note.onset < ticks.start);
        self.notes.get(next).is_some_and(|note| note.onset < ticks.end)
    }

    /// Returns true if most notes from a bar line up to `next` are on steps that count from there, and few on those that
    /// count from where the signature is written.
    fn fits_better(
        &self,
        to: Tick,
        (written, signature): (Tick, TimeSignature),
        next: Tick,
    ) -> bool {
        let at = |tick: Tick| self.notes.partition_point(|note| note.onset < tick);
        let notes = &self.notes[at(to.max(written))..at(next)];
        let measure = signature.measure(self.division);
        let fit_from = |start: Tick| {
            let fits = |note: &&Note| measure.nearest(note.onset.0 - start.0, STEPS).1;
            notes.iter().filter(fits).count()
        };
        let fit = fit_from(to);
        2 * fit > notes.len() && fit > 2 * fit_from(written)
    }
}

/// Returns the bar line next to a signature; `None` if the signature is on one, or far from all.
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
