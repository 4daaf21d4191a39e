//! Quantizes attacks, and divides time into note values.

use super::meter::{Meter, PARTS, Place, SIXTEENTH};

/// Places per triplet eighth.
const TRIPLET: u32 = PARTS / 3;

/// Quantizes the ascending steps of a measure's attacks: each beat to sixteenths or to triplets, whichever moves its
/// attacks less, and to sixteenths if equal. Several attacks may share a place.
pub(super) fn places(
    steps: impl Iterator<Item = usize>,
    steps_per_measure: usize,
    meter: Meter,
) -> Vec<Place> {
    let long = f64::from(meter.places);
    let exact: Vec<f64> = steps.map(|step| step as f64 * long / steps_per_measure as f64).collect();
    let snap = |place: f64, grid: u32| (place / f64::from(grid)).round() as u32 * grid;
    let beat = |place: f64| (place / f64::from(PARTS)).floor();
    exact
        .chunk_by(|a, b| beat(*a) == beat(*b))
        .flat_map(|attacks| {
            let moved = |grid| -> f64 {
                attacks.iter().map(|&place| (f64::from(snap(place, grid)) - place).abs()).sum()
            };
            let divisible =
                attacks.first().is_some_and(|&place| meter.is_whole_beat(place as Place));
            let triplets = divisible && moved(TRIPLET) < moved(SIXTEENTH);
            let grid = if triplets { TRIPLET } else { SIXTEENTH };
            attacks.iter().map(move |&place| snap(place, grid).min(meter.places - SIXTEENTH))
        })
        .collect()
}

/// A note value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    /// Length in places.
    pub(super) length: u32,
    /// Name in MusicXML.
    pub(super) name: &'static str,
    pub(super) dotted: bool,
    /// Whether three fill the time of two.
    pub(super) triplet: bool,
}

impl Value {
    /// Returns the number of flags or beams.
    pub(super) fn flags(self) -> usize {
        match self.name {
            "eighth" => 1,
            "16th" => 2,
            _ => 0,
        }
    }
}

const fn value(length: u32, name: &'static str, dotted: bool) -> Value {
    Value { length, name, dotted, triplet: false }
}

/// Values in whole sixteenths, longest first, each with the multiple of places at which it may start.
const VALUES: [(Value, u32); 6] = [
    (value(48, "whole", false), 48),
    (value(36, "half", true), 12),
    (value(24, "half", false), 12),
    (value(18, "quarter", true), 12),
    (value(12, "quarter", false), 6),
    (value(9, "eighth", true), 12),
];

/// Returns the values that fill the places from `start` to `end`; a note through several of them needs ties. A beat that
/// either end divides into triplets consists of triplets, and no other value extends into it.
pub(super) fn values(start: Place, end: Place) -> Vec<Value> {
    let mut filled = Vec::new();
    let mut at = start;
    while at < end {
        let value = next(at, end);
        at += value.length;
        filled.push(value);
    }
    filled
}

fn next(at: Place, end: Place) -> Value {
    let beat_end = (at / PARTS + 1) * PARTS;
    let in_beat = end.min(beat_end) - at;
    let ends_in_triplets = end < beat_end && !(end - at / PARTS * PARTS).is_multiple_of(SIXTEENTH);
    if !(at % PARTS).is_multiple_of(SIXTEENTH) || ends_in_triplets {
        let name = if in_beat >= 2 * TRIPLET { "quarter" } else { "eighth" };
        let length = in_beat.min(2 * TRIPLET);
        return Value { length, name, dotted: false, triplet: true };
    }
    // The end, or the start of the beat in which triplets end.
    let limit = if (end % PARTS).is_multiple_of(SIXTEENTH) { end } else { end / PARTS * PARTS };
    let fits = |value: &&(Value, u32)| at + value.0.length <= limit && at.is_multiple_of(value.1);
    // An eighth off the eighths of the measure stays within its beat.
    let eighth_limit = if at.is_multiple_of(2 * SIXTEENTH) { limit } else { limit.min(beat_end) };
    match VALUES.iter().find(fits) {
        Some((value, _)) => *value,
        None if at + 2 * SIXTEENTH <= eighth_limit => value(6, "eighth", false),
        None => value(3, "16th", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;

    fn names(start: Place, end: Place) -> Vec<String> {
        let name = |value: &Value| {
            let dot = if value.dotted { "." } else { "" };
            let three = if value.triplet { "/3" } else { "" };
            format!("{}{dot}{three}", value.name)
        };
        values(start, end).iter().map(name).collect()
    }

    #[test]
    fn values_fill_every_span_exactly() {
        let on_grid = |place: &Place| place.is_multiple_of(3) || place.is_multiple_of(4);
        for start in (0..48).filter(on_grid) {
            for end in (start + 1..=48).filter(on_grid) {
                let mixed =
                    start / 12 == (end - 1) / 12 && start % 3 != end % 3 && start % 4 != end % 4;
                if !mixed {
                    let filled: u32 = values(start, end).iter().map(|value| value.length).sum();
                    assert_eq!(filled, end - start, "{start}..{end}");
                }
            }
        }
    }

    #[test]
    fn common_spans_are_notated_conventionally() {
        assert_eq!(names(0, 48), ["whole"]);
        assert_eq!(names(12, 36), ["half"]);
        assert_eq!(names(0, 18), ["quarter."]);
        assert_eq!(names(3, 12), ["eighth", "16th"]);
        assert_eq!(names(6, 18), ["quarter"]);
        assert_eq!(names(4, 8), ["eighth/3"]);
        assert_eq!(names(4, 24), ["quarter/3", "quarter"]);
        assert_eq!(names(0, 8), ["quarter/3"]);
    }

    #[test]
    fn beat_cut_off_by_the_measure_has_no_triplets() {
        let meter = Meter::new(TimeSignature::new(5, 8).unwrap());
        let found = places([0, 26, 51, 77, 86].into_iter(), 96, meter);
        assert_eq!(found, [0, 8, 16, 24, 27]);
    }

    #[test]
    fn each_beat_is_quantized_to_sixteenths_or_triplets() {
        let steps = [0, 6, 12, 18, 24, 32, 40, 49, 95];
        let common = Meter::new(TimeSignature::COMMON);
        assert_eq!(places(steps.into_iter(), 96, common), [0, 3, 6, 9, 12, 16, 20, 24, 45]);
        assert!(places([].into_iter(), 96, common).is_empty());
    }
}
