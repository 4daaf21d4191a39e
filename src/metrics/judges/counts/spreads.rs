//! How much the measures of a song differ.

use super::super::chords::Chord;
use super::sheet::Sheet;
use std::collections::BTreeSet;

type Measure = fn(&[&Chord]) -> f64;

/// Numbers of a measure, each with its name.
const MEASURES: [(&str, Measure); 8] = [
    ("notes_of_measures", |chords| notes(chords) as f64),
    ("attacks_of_measures", |chords| chords.len() as f64),
    ("chord_size_of_measures", |chords| notes(chords) as f64 / chords.len() as f64),
    ("single_notes_of_measures", |chords| {
        chords.iter().filter(|chord| chord.pitches.len() == 1).count() as f64 / chords.len() as f64
    }),
    ("mean_pitch_of_measures", |chords| {
        let pitches = chords.iter().flat_map(|chord| &chord.pitches);
        pitches.map(|&pitch| f64::from(pitch)).sum::<f64>() / notes(chords) as f64
    }),
    ("lowest_pitch_of_measures", |chords| {
        chords.iter().map(|chord| f64::from(chord.bass())).fold(f64::INFINITY, f64::min)
    }),
    ("highest_pitch_of_measures", |chords| {
        chords.iter().map(|chord| f64::from(chord.top())).fold(0.0, f64::max)
    }),
    ("pitch_classes_of_measures", |chords| {
        let classes = chords.iter().flat_map(|chord| &chord.pitches).map(|pitch| pitch % 12);
        classes.collect::<BTreeSet<u8>>().len() as f64
    }),
];

fn notes(chords: &[&Chord]) -> usize {
    chords.iter().map(|chord| chord.pitches.len()).sum()
}

pub(super) fn add(sheet: &mut Sheet, measures: usize, chords: &[Chord]) {
    let by_measure: Vec<Vec<&Chord>> = (0..measures)
        .map(|measure| chords.iter().filter(|chord| chord.measure == measure).collect())
        .collect();
    let filled: Vec<&[&Chord]> =
        by_measure.iter().map(Vec::as_slice).filter(|chords| !chords.is_empty()).collect();
    sheet.number("empty_measures", (measures - filled.len()) as f64 / measures.max(1) as f64);
    for (name, number) in MEASURES {
        let values: Vec<f64> = filled.iter().map(|chords| number(chords)).collect();
        sheet.spread(name, &values);
        let steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        sheet.spread(&format!("steps_of_{name}"), &steps);
    }
}
