//! Beams, and the brackets of triplets.

use super::meter::{Meter, Place};
use super::value::Value;

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

/// Returns the beams of each event, the first one first: as many as its value has flags. Consecutive flagged notes of one
/// beat share a beam.
pub(super) fn beams(notes: &[NotatedEvent], meter: Meter) -> Vec<Vec<&'static str>> {
    let flags = |note: &NotatedEvent| match note.pitches.is_empty() {
        true => 0,
        false => note.value.flags(meter.halvings),
    };
    let joined = |a: &NotatedEvent, b: &NotatedEvent| {
        flags(a) > 0 && flags(b) > 0 && meter.beat(a.place) == meter.beat(b.place)
    };
    let run_beams = |run: &[NotatedEvent]| {
        let has = |at: Option<usize>, level| {
            at.and_then(|at| run.get(at)).is_some_and(|note| flags(note) >= level)
        };
        let at_note = |at: usize, level: usize| match (
            has(at.checked_sub(1), level),
            has(Some(at + 1), level),
        ) {
            (false, true) => "begin",
            (true, true) => "continue",
            (true, false) => "end",
            (false, false) if at == 0 => "forward hook",
            (false, false) => "backward hook",
        };
        let levels = |at: usize| if run.len() == 1 { 0 } else { flags(&run[at]) };
        let of_note = |at| (1..=levels(at)).map(|level| at_note(at, level)).collect();
        (0..run.len()).map(of_note).collect::<Vec<_>>()
    };
    notes.chunk_by(joined).flat_map(run_beams).collect()
}

/// Returns whether a note starts or stops the bracket around the triplets of its beat.
pub(super) fn tuplet(
    notes: &[NotatedEvent],
    note: &NotatedEvent,
    meter: Meter,
) -> Option<&'static str> {
    let bound = |other: &&NotatedEvent| {
        other.value.triplet && meter.beat(other.place) == meter.beat(note.place)
    };
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

    fn meter(numerator: u8, denominator: u8) -> Meter {
        Meter::new(TimeSignature::new(numerator, denominator).unwrap())
    }

    /// The beams of this level, `-` for none.
    fn level(found: &[Vec<&'static str>], level: usize) -> Vec<&'static str> {
        found.iter().map(|beams| beams.get(level - 1).copied().unwrap_or("-")).collect()
    }

    fn notes_in(meter: Meter, spans: &[(u32, u32)]) -> Vec<NotatedEvent> {
        let note = |&(start, end): &(u32, u32)| {
            let value = values(start, end, meter)[0];
            NotatedEvent { place: start, value, pitches: vec![60], ties: [false; 2] }
        };
        spans.iter().map(note).collect()
    }

    fn beams_in(meter: Meter, spans: &[(u32, u32)]) -> Vec<Vec<&'static str>> {
        beams(&notes_in(meter, spans), meter)
    }

    #[test]
    fn flagged_notes_of_a_beat_share_a_beam_and_others_have_none() {
        let spans = [(0, 6), (6, 9), (9, 12), (12, 18), (18, 24), (24, 36), (36, 42)];
        let found = beams_in(meter(4, 4), &spans);
        assert_eq!(level(&found, 1), ["begin", "continue", "end", "begin", "end", "-", "-"]);
        assert_eq!(level(&found, 2), ["-", "begin", "end", "-", "-", "-", "-"]);
    }

    #[test]
    fn three_eighths_share_a_beam_in_compound_meter() {
        let spans = [(0, 6), (6, 12), (12, 18), (18, 24), (24, 30), (30, 36)];
        for (meter, expected) in [
            (meter(6, 8), ["begin", "continue", "end", "begin", "continue", "end"]),
            (meter(3, 4), ["begin", "end", "begin", "end", "begin", "end"]),
        ] {
            assert_eq!(level(&beams_in(meter, &spans), 1), expected);
        }
    }

    #[test]
    fn beams_of_seven_eighths_are_two_two_and_three() {
        let spans = [0, 6, 12, 18, 24, 30, 36].map(|start| (start, start + 6));
        let found = beams_in(meter(7, 8), &spans);
        let expected = ["begin", "end", "begin", "end", "begin", "continue", "end"];
        assert_eq!(level(&found, 1), expected);
    }

    #[test]
    fn single_sixteenth_has_a_hook() {
        let found = beams_in(meter(4, 4), &[(0, 3), (3, 9), (9, 12)]);
        assert_eq!(found[0], ["begin", "forward hook"]);
        assert_eq!(found[2], ["end", "backward hook"]);
    }

    #[test]
    fn units_shorter_than_sixteenths_have_more_beams() {
        let found = beams_in(meter(4, 32), &[(0, 3), (3, 6), (6, 12)]);
        assert_eq!(found, [vec!["begin"; 3], vec!["end"; 3], vec![]]);
    }

    #[test]
    fn triplets_of_a_beat_share_a_bracket() {
        let common = meter(4, 4);
        let notes = notes_in(common, &[(0, 4), (4, 8), (8, 12), (12, 24)]);
        let found: Vec<_> = notes.iter().map(|note| tuplet(&notes, note, common)).collect();
        assert_eq!(found, [Some("start"), None, Some("stop"), None]);
    }
}
