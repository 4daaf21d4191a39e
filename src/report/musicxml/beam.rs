//! Beams, and the brackets of triplets.

use super::meter::{Meter, PARTS, Place};
use super::rhythm::Value;

/// A rest, note or chord of one staff in notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotatedEvent {
    /// Start in the measure.
    pub(super) place: Place,
    pub(super) value: Value,
    /// MIDI pitches, ascending; empty for a rest.
    pub(super) pitches: Vec<u8>,
    /// Whether it is tied to the previous and to the next event.
    pub(super) ties: [bool; 2],
}

/// Returns the beams of each event: the first one, and the second one of sixteenths. Consecutive flagged notes of one
/// beat share a beam.
pub(super) fn beams(notes: &[NotatedEvent], meter: Meter) -> Vec<[Option<&'static str>; 2]> {
    let flags = |note: &NotatedEvent| if note.pitches.is_empty() { 0 } else { note.value.flags() };
    let joined = |a: &NotatedEvent, b: &NotatedEvent| {
        flags(a) > 0 && flags(b) > 0 && a.place / meter.beam() == b.place / meter.beam()
    };
    let run_beams = |run: &[NotatedEvent]| {
        let last = run.len() - 1;
        let has = |at: Option<usize>, level| {
            at.and_then(|at| run.get(at)).is_some_and(|note| flags(note) >= level)
        };
        let at_note = |at: usize, level: usize| {
            if last == 0 || !has(Some(at), level) {
                return None;
            }
            Some(match (has(at.checked_sub(1), level), has(Some(at + 1), level)) {
                (false, true) => "begin",
                (true, true) => "continue",
                (true, false) => "end",
                (false, false) if at == 0 => "forward hook",
                (false, false) => "backward hook",
            })
        };
        (0..run.len()).map(|at| [1, 2].map(|level| at_note(at, level))).collect::<Vec<_>>()
    };
    notes.chunk_by(joined).flat_map(run_beams).collect()
}

/// Returns whether a note starts or stops the bracket around the triplets of its beat.
pub(super) fn tuplet(notes: &[NotatedEvent], note: &NotatedEvent) -> Option<&'static str> {
    let beat = |note: &NotatedEvent| note.place / PARTS;
    let bound = |other: &&NotatedEvent| other.value.triplet && beat(other) == beat(note);
    let mut triplets = notes.iter().filter(bound).map(|other| other.place);
    let ends = [triplets.next()?, triplets.next_back()?];
    match ends.iter().position(|&end| end == note.place) {
        Some(0) => Some("start"),
        Some(_) => Some("stop"),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rhythm::values;
    use super::*;
    use crate::music::meter::TimeSignature;

    fn common_time_beams(notes: &[NotatedEvent]) -> Vec<[Option<&'static str>; 2]> {
        beams(notes, Meter::new(TimeSignature::COMMON))
    }

    fn notes(spans: &[(u32, u32)]) -> Vec<NotatedEvent> {
        let note = |&(start, end): &(u32, u32)| {
            let value = values(start, end)[0];
            NotatedEvent { place: start, value, pitches: vec![60], ties: [false; 2] }
        };
        spans.iter().map(note).collect()
    }

    #[test]
    fn flagged_notes_of_a_beat_share_a_beam_and_others_have_none() {
        let found = common_time_beams(&notes(&[
            (0, 6),
            (6, 9),
            (9, 12),
            (12, 18),
            (18, 24),
            (24, 36),
            (36, 42),
        ]));
        let first: Vec<_> = found.iter().map(|beams| beams[0].unwrap_or("-")).collect();
        assert_eq!(first, ["begin", "continue", "end", "begin", "end", "-", "-"]);
        let second: Vec<_> = found.iter().map(|beams| beams[1].unwrap_or("-")).collect();
        assert_eq!(second, ["-", "begin", "end", "-", "-", "-", "-"]);
    }

    #[test]
    fn three_eighths_share_a_beam_in_compound_meter() {
        let notes = notes(&[(0, 6), (6, 12), (12, 18), (18, 24), (24, 30), (30, 36)]);
        let found = beams(&notes, Meter::new(TimeSignature::new(6, 8).unwrap()));
        let first: Vec<_> = found.iter().map(|beams| beams[0].unwrap_or("-")).collect();
        assert_eq!(first, ["begin", "continue", "end", "begin", "continue", "end"]);
    }

    #[test]
    fn single_sixteenth_has_a_hook() {
        let found = common_time_beams(&notes(&[(0, 3), (3, 9), (9, 12)]));
        assert_eq!(found[0], [Some("begin"), Some("forward hook")]);
        assert_eq!(found[2], [Some("end"), Some("backward hook")]);
    }

    #[test]
    fn triplets_of_a_beat_share_a_bracket() {
        let notes = notes(&[(0, 4), (4, 8), (8, 12), (12, 24)]);
        let found: Vec<_> = notes.iter().map(|note| tuplet(&notes, note)).collect();
        assert_eq!(found, [Some("start"), None, Some("stop"), None]);
    }
}
