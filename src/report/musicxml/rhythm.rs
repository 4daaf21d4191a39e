//! Quantizes attacks, and divides time into note values.

use super::meter::{Meter, Place, SIXTEENTH, TRIPLET};
use super::value::{VALUES, Value};

/// Quantizes the ascending steps of a measure's attacks: each beat to sixteenths or, if it is a quarter, to triplets,
/// whichever moves its attacks less, and to sixteenths if equal. Several attacks may share a place.
///
/// An attack nearest to the end of the measure is there, at `meter.places`: it belongs to the next measure. The last
/// measure of a song has no next one, and such an attack takes the last place of its beat.
pub(super) fn places(
    steps: impl Iterator<Item = usize>,
    steps_per_measure: usize,
    meter: Meter,
    is_last: bool,
) -> Vec<Place> {
    let long = f64::from(meter.places);
    let exact: Vec<f64> = steps.map(|step| step as f64 * long / steps_per_measure as f64).collect();
    let snap = |place: f64, grid: u32| (place / f64::from(grid)).round() as u32 * grid;
    let beat = |place: f64| meter.beat(place as Place);
    exact
        .chunk_by(|a, b| beat(*a) == beat(*b))
        .flat_map(|attacks| {
            let moved = |grid| -> f64 {
                attacks.iter().map(|&place| (f64::from(snap(place, grid)) - place).abs()).sum()
            };
            let can_divide = attacks.first().is_some_and(|&place| beat(place).is_quarter());
            let grid =
                if can_divide && moved(TRIPLET) < moved(SIXTEENTH) { TRIPLET } else { SIXTEENTH };
            let latest = if is_last { meter.places - grid } else { meter.places };
            attacks.iter().map(move |&place| snap(place, grid).min(latest))
        })
        .collect()
}

/// Returns the values that fill the places from `start` to `end`; a note through several of them needs ties. A beat that
/// either end divides into triplets consists of triplets, and no other value extends into it.
pub(super) fn values(start: Place, end: Place, meter: Meter) -> Vec<Value> {
    let mut filled = Vec::new();
    let mut at = start;
    while at < end {
        let value = next(at, end, meter);
        at += value.length;
        filled.push(value);
    }
    filled
}

/// Returns the first value of those that fill the places from `at` to `end`.
fn next(at: Place, end: Place, meter: Meter) -> Value {
    let beat = meter.beat(at);
    let is_whole = |place: Place| place.is_multiple_of(SIXTEENTH);
    if !is_whole(at) || (end < beat.end && !is_whole(end)) {
        return Value::triplet(end.min(beat.end) - at);
    }
    // The end, or the start of the beat in which triplets end.
    let limit = if is_whole(end) { end } else { meter.beat(end).start };
    let fits = |value: &&Value| at + value.length <= limit && is_readable(at, **value, meter);
    *VALUES.iter().find(fits).unwrap_or(&Value::SIXTEENTH)
}

/// Returns whether a value at a place leaves the beats visible.
fn is_readable(at: Place, value: Value, meter: Meter) -> bool {
    let beat = meter.beat(at);
    let (offset, end) = (at - beat.start, at + value.length);
    if end > beat.end {
        let is_beats = offset == 0 && meter.is_beat_end(end);
        // A dotted quarter on a beat, and a quarter between two: syncopations that readers know.
        let is_syncopation =
            meter.has_quarter_beats() && matches!((value.length, offset), (18, 0) | (12, 6));
        return is_beats || is_syncopation;
    }
    let length = beat.end - beat.start;
    if !length.is_multiple_of(3 * SIXTEENTH) {
        // Not three units: a quarter or less, in which readers know every value, such as sixteenth, eighth, sixteenth.
        return true;
    }
    // A value starts on one of the three units, except values shorter than one, and the halves of the beat.
    let third = length / 3;
    if value.dotted && value.length < length {
        offset.is_multiple_of(value.length)
    } else {
        offset.is_multiple_of(value.length.min(third))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;

    fn meter(numerator: u8, denominator: u8) -> Meter {
        Meter::new(TimeSignature::new(numerator, denominator).unwrap())
    }

    fn names_in(meter: Meter, start: Place, end: Place) -> Vec<String> {
        let name = |value: &Value| {
            let dot = if value.dotted { "." } else { "" };
            let three = if value.triplet { "/3" } else { "" };
            format!("{}{dot}{three}", value.name(meter.halvings))
        };
        values(start, end, meter).iter().map(name).collect()
    }

    fn names(start: Place, end: Place) -> Vec<String> {
        names_in(Meter::new(TimeSignature::COMMON), start, end)
    }

    #[test]
    fn values_fill_every_span_exactly() {
        let common = Meter::new(TimeSignature::COMMON);
        let on_grid = |place: &Place| place.is_multiple_of(3) || place.is_multiple_of(4);
        for start in (0..48).filter(on_grid) {
            for end in (start + 1..=48).filter(on_grid) {
                let mixed =
                    start / 12 == (end - 1) / 12 && start % 3 != end % 3 && start % 4 != end % 4;
                if !mixed {
                    let filled: u32 =
                        values(start, end, common).iter().map(|value| value.length).sum();
                    assert_eq!(filled, end - start, "{start}..{end}");
                }
            }
        }
    }

    #[test]
    fn common_spans_are_notated_conventionally() {
        assert_eq!(names(0, 48), ["whole"]);
        assert_eq!(names(12, 36), ["half"]);
        assert_eq!(names(12, 48), ["half."]);
        assert_eq!(names(0, 18), ["quarter."]);
        assert_eq!(names(3, 12), ["eighth."]);
        assert_eq!(names(6, 18), ["quarter"]);
        assert_eq!(names(9, 15), ["16th", "16th"]);
        assert_eq!(names(4, 8), ["eighth/3"]);
        assert_eq!(names(4, 24), ["quarter/3", "quarter"]);
        assert_eq!(names(0, 8), ["quarter/3"]);
    }

    #[test]
    fn spans_of_compound_meters_show_dotted_beats() {
        let in_six = |start, end| names_in(meter(6, 8), start, end);
        assert_eq!(in_six(0, 36), ["half."]);
        assert_eq!(in_six(18, 36), ["quarter."]);
        assert_eq!(in_six(6, 18), ["quarter"]);
        assert_eq!(in_six(12, 24), ["eighth", "eighth"]);
        assert_eq!(in_six(6, 36), ["quarter", "quarter."]);
        assert_eq!(in_six(0, 9), ["eighth."]);
        assert_eq!(in_six(9, 12), ["16th"]);
        assert_eq!(in_six(3, 9), ["16th", "16th"]);
        assert_eq!(names_in(meter(9, 8), 0, 54), ["half.", "quarter."]);
        assert_eq!(names_in(meter(12, 8), 0, 72), ["whole."]);
        assert_eq!(names_in(meter(12, 16), 9, 36), ["quarter.", "eighth."]);
        assert_eq!(names_in(meter(3, 8), 0, 18), ["quarter."]);
    }

    #[test]
    fn spans_of_irregular_meters_show_their_groups() {
        assert_eq!(names_in(meter(7, 8), 0, 42), ["half", "quarter."]);
        assert_eq!(names_in(meter(7, 8), 6, 42), ["eighth", "quarter", "quarter."]);
        assert_eq!(names_in(meter(5, 8), 12, 30), ["quarter."]);
        assert_eq!(names_in(meter(5, 4), 0, 60), ["whole", "quarter"]);
        assert_eq!(names_in(meter(3, 2), 0, 72), ["whole."]);
        assert_eq!(names_in(meter(4, 2), 0, 96), ["breve"]);
        assert_eq!(names_in(meter(5, 32), 0, 15), ["16th", "16th."]);
    }

    #[test]
    fn only_beats_of_a_quarter_have_triplets() {
        let found = places([0, 26, 51, 77, 86].into_iter(), 96, meter(5, 8), false);
        assert_eq!(found, [0, 8, 15, 24, 27]);
        let found = places([0, 21, 43].into_iter(), 96, meter(6, 8), false);
        assert_eq!(found, [0, 9, 15]);
    }

    #[test]
    fn each_beat_is_quantized_to_sixteenths_or_triplets() {
        let steps = [0, 6, 12, 18, 24, 32, 40, 49, 95];
        let common = Meter::new(TimeSignature::COMMON);
        let found = places(steps.into_iter(), 96, common, true);
        assert_eq!(found, [0, 3, 6, 9, 12, 16, 20, 24, 45]);
        assert!(places([].into_iter(), 96, common, true).is_empty());
    }

    #[test]
    fn attack_just_before_the_bar_line_is_in_the_next_measure_if_there_is_one() {
        let common = Meter::new(TimeSignature::COMMON);
        let found = |steps: &[usize], is_last| places(steps.iter().copied(), 96, common, is_last);
        assert_eq!(found(&[72, 80, 88, 95], false), [36, 40, 44, 48]);
        assert_eq!(found(&[72, 80, 88, 95], true), [36, 40, 44, 44]);
        assert_eq!(found(&[72, 95], true), [36, 45]);
    }
}
