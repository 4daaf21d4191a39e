//! Properties of all sheets: every measure is full, and every value, tie, bracket and beam is consistent.

use super::key::Key;
use super::meter::{Meter, Place};
use super::rhythm::places;
use super::testing::check;
use super::{Heading, StaffMeasure, render, xml};
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Common meters: simple, compound and irregular ones, with units from halves to 32nds.
const METERS: [(u8, u8); 14] = [
    (4, 4),
    (3, 4),
    (2, 4),
    (6, 8),
    (9, 8),
    (12, 8),
    (5, 4),
    (7, 8),
    (5, 8),
    (3, 8),
    (2, 2),
    (3, 2),
    (7, 16),
    (5, 32),
];

/// Steps per measure in the thesis.
const STEPS: usize = 96;
/// The most steps that `extract` divides a measure into.
const MAX_STEPS: usize = 512;

fn heading(signature: TimeSignature) -> Heading {
    Heading { title: String::new(), tempo: 120, signature }
}

/// Measures of one staff in a meter, each once.
struct Measures {
    meter: Meter,
    quantized: BTreeSet<Vec<Place>>,
    staves: BTreeSet<Vec<Place>>,
}

impl Measures {
    fn new(signature: TimeSignature) -> Self {
        let meter = Meter::new(signature);
        Self { meter, quantized: BTreeSet::new(), staves: BTreeSet::new() }
    }

    /// Adds a measure with attacks at these steps, within a song and at its end, and the parts of it that the other hand
    /// leaves to one hand.
    fn add(&mut self, steps: &[usize], steps_per_measure: usize) {
        let length = self.meter.places;
        let quantize =
            |is_last| places(steps.iter().copied(), steps_per_measure, self.meter, is_last);
        let mut found = quantize(false);
        if found.last() == Some(&length) {
            let last = quantize(true);
            self.add_parts(last);
            found.retain(|&place| place < length);
        }
        self.add_parts(found);
    }

    fn add_parts(&mut self, attacks: Vec<Place>) {
        if self.quantized.contains(&attacks) {
            return;
        }
        for part in 1..1_usize << attacks.len() {
            let mut hand: Vec<Place> = attacks.clone();
            let mut index = 0..;
            hand.retain(|_| index.next().is_some_and(|index| part >> index & 1 == 1));
            hand.dedup();
            self.staves.insert(hand);
        }
        self.quantized.insert(attacks);
    }

    /// Asserts that each measure is right on paper.
    fn assert_right(&self) {
        let staff = |attacks: &Vec<Place>| -> [StaffMeasure; 2] {
            let pitches = |&place: &Place| (place, BTreeSet::from([60, 64]));
            [attacks.iter().map(pitches).collect(), BTreeMap::new()]
        };
        let measures: Vec<_> = self.staves.iter().map(staff).collect();
        let heading = heading(self.meter.signature);
        let (count, faults) =
            check(&xml::score(&measures, Key { fifths: 0 }, self.meter, &heading));
        assert_eq!(count, 2 * measures.len());
        assert!(faults.is_empty(), "{} of {count}: {}", faults.len(), faults[0]);
    }
}

fn signatures() -> impl Iterator<Item = TimeSignature> {
    METERS.iter().map(|&(numerator, unit)| TimeSignature::new(numerator, unit).unwrap())
}

#[test]
fn measures_of_all_pairs_and_triples_of_steps_are_right() {
    for signature in signatures() {
        let mut measures = Measures::new(signature);
        for a in 0..STEPS {
            for b in a + 1..STEPS {
                measures.add(&[a, b], STEPS);
                (b + 1..STEPS).for_each(|c| measures.add(&[a, b, c], STEPS));
            }
        }
        measures.assert_right();
    }
}

#[test]
fn measures_of_every_number_of_steps_are_right() {
    for signature in signatures() {
        let mut measures = Measures::new(signature);
        for steps in 1..=MAX_STEPS {
            // Finer steps than the thesis' are nearest to the same places.
            let reach = if steps < STEPS / 2 { steps } else { 1 };
            for a in 0..steps {
                (a..steps.min(a + reach)).for_each(|b| measures.add(&[a, b], steps));
                measures.add(&[a, steps - 1], steps);
            }
        }
        measures.assert_right();
    }
}

proptest! {
    #[test]
    fn songs_of_any_shape_in_any_meter_are_right(
        (steps, pitches) in (1..=512_u32, 1..=128_u32),
        (numerator, halvings) in (1..=32_u8, 0..8_u32),
        cells in prop::collection::vec(prop::collection::btree_set(any::<u16>(), 0..30), 3),
    ) {
        let shape = RollShape::new(3, steps, pitches, 0).unwrap();
        let song: Vec<Vec<u16>> = cells
            .iter()
            .map(|cells| {
                let inside = |&cell: &u16| usize::from(cell) % shape.cells_per_measure();
                let distinct: BTreeSet<u16> = cells.iter().map(|cell| inside(cell) as u16).collect();
                distinct.into_iter().collect()
            })
            .collect();
        let signature = TimeSignature::new(numerator, 1 << halvings).unwrap();
        let sheet = render(&song, &shape, &heading(signature));
        let (count, faults) = check(&sheet);
        prop_assert_eq!(count, 6);
        prop_assert!(faults.is_empty(), "{}", faults[0]);
        let onsets: usize = song.iter().map(Vec::len).sum();
        let heads = sheet.matches("<pitch>").count() - sheet.matches("<tie type=\"stop\"/>").count();
        prop_assert!(heads <= onsets && (heads > 0) == (onsets > 0), "{heads} of {onsets}");
    }
}
