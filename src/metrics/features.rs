//! Features of one song, in terms of musicians.
//!
//! Formulas follow MusPy where it defines the same on onset rolls (`n_pitch_classes_used`,
//! `pitch_range`, `polyphony` as [`chord_size`](SongFeatures::chord_size), `pitch_class_entropy`,
//! `scale_consistency`, `groove_consistency` as `groove_similarity`), on songs of a fixed shape. Rhythm is in
//! fractions of a measure, so the words quarter, eighth and sixteenth are those of 4/4.

use super::entropy::entropy;
use super::form::Form;
use super::rhythm::{Groove, attacks, inter_onset_intervals, interval_entropy};
use super::structure::{MeasureSimilarity, distinct_measures, empty_measure_rate};
use crate::music::roll::{RollShape, onsets};
use serde::Serialize;

/// Declares the features once: the struct, and the table with access to its fields.
macro_rules! features {
    ($($(#[doc = $about:literal])+ $name:ident: $label:literal, $low:expr, $high:expr;)+) => {
        /// The features of one song. A feature is NaN (`null` in JSON) if the song has too few onsets or measures to
        /// define it; [`summary`](super::summary) leaves NaN out.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize)]
        pub struct SongFeatures {
            $($(#[doc = $about])+ pub $name: f64,)+
        }

        /// All features, in the order of the fields of [`SongFeatures`].
        pub const FEATURES: &[Feature] = &[$(Feature {
            name: stringify!($name),
            label: $label,
            about: concat!($($about),+).trim_ascii(),
            low: $low,
            high: $high,
            value: |song| song.$name,
        }),+];
    };
}

/// Name, definition and range of a feature.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// Field of [`SongFeatures`], and name in JSON and Parquet.
    pub name: &'static str,
    /// Label in tables.
    pub label: &'static str,
    /// Definition in one or two sentences.
    pub about: &'static str,
    /// Smallest possible value.
    pub low: f64,
    /// Largest possible value; infinite if only the shape bounds it.
    pub high: f64,
    /// Returns this feature of a song.
    pub value: fn(&SongFeatures) -> f64,
}

features! {
    /// Notes that start in the song.
    onsets: "Notes", 0.0, f64::INFINITY;
    /// Share of all cells of the roll in which a note starts.
    onset_density: "Share of cells filled", 0.0, 1.0;
    /// Steps of a measure at which notes start, mean over the measures.
    onset_steps_per_measure: "Attacks per measure", 0.0, f64::INFINITY;
    /// Notes that start together, mean over the steps at which any starts.
    chord_size: "Notes per attack", 1.0, f64::INFINITY;
    /// Lowest MIDI pitch; 60 is middle C.
    pitch_lowest: "Lowest pitch", 0.0, 127.0;
    /// Mean MIDI pitch over the notes.
    pitch_mean: "Mean pitch", 0.0, 127.0;
    /// Highest MIDI pitch.
    pitch_highest: "Highest pitch", 0.0, 127.0;
    /// Semitones between the lowest and the highest pitch.
    pitch_range: "Range in semitones", 0.0, 127.0;
    /// Distinct pitch classes (C, C sharp, ... B) among the notes.
    pitch_classes: "Pitch classes", 1.0, 12.0;
    /// Shannon entropy of the notes' pitch classes in bits: 0 for one class, 3.585 for twelve equal
    /// ones.
    pitch_class_entropy: "Pitch-class entropy", 0.0, 3.585;
    /// Largest share of the notes that are in one major scale (or its relative natural minor).
    scale_consistency: "Notes in one scale", 0.0, 1.0;
    /// Share of the notes that start on a quarter of the measure.
    on_quarter: "On quarters", 0.0, 1.0;
    /// Share of the notes that start on an eighth of the measure; quarters are eighths too.
    on_eighth: "On eighths", 0.0, 1.0;
    /// Share of the notes that start on a sixteenth of the measure; eighths are sixteenths too.
    on_sixteenth: "On sixteenths", 0.0, 1.0;
    /// Share of the notes that start neither on a sixteenth nor on a twelfth (a triplet) of the
    /// measure.
    off_grid_rate: "Off the grid", 0.0, 1.0;
    /// Steps from one attack to the next, mean; a measure of the thesis has 96.
    inter_onset_mean: "Steps between attacks", 1.0, f64::INFINITY;
    /// Shannon entropy of the steps between attacks in bits: 0 for a steady pulse.
    inter_onset_entropy: "Entropy of these steps", 0.0, f64::INFINITY;
    /// Share of the steps at which neighbouring measures agree whether a note starts.
    groove_similarity: "Groove similarity", 0.0, 1.0;
    /// Groove similarity expected of measures of the same density with random attacks: the baseline of
    /// the groove similarity.
    groove_by_chance: "Groove by chance", 0.0, 1.0;
    /// Share of the measures in which no note starts.
    empty_measure_rate: "Empty measures", 0.0, 1.0;
    /// Measures that differ from all before them.
    distinct_measures: "Distinct measures", 1.0, f64::INFINITY;
    /// Similarity (Jaccard index of the cells) of neighbouring measures, mean.
    adjacent_jaccard: "Similarity of neighbours", 0.0, 1.0;
    /// Similarity of measures two apart, mean.
    lag_2_jaccard: "Similarity two apart", 0.0, 1.0;
    /// Similarity of measures four apart, mean.
    lag_4_jaccard: "Similarity four apart", 0.0, 1.0;
    /// Similarity of measures eight apart, mean.
    lag_8_jaccard: "Similarity eight apart", 0.0, 1.0;
    /// Similarity of all pairs of different measures, mean: near 1 if all measures are the same.
    measure_jaccard: "Similarity of all measures", 0.0, 1.0;
    /// Measures, similar ones counted as one: 1 if all are the same, the number of measures if none share
    /// a note.
    effective_measures: "Effective measures", 1.0, f64::INFINITY;
    /// Groups of measures that share at least half of their notes with the first of them, without empty
    /// measures.
    motifs: "Motifs", 0.0, f64::INFINITY;
    /// Lag in measures, up to half the song, at which measures are most similar.
    best_period: "Best period in measures", 1.0, f64::INFINITY;
    /// Similarity of measures one best period apart, mean.
    period_jaccard: "Similarity at the best period", 0.0, 1.0;
}

/// Features that distinguish music from noise of the same density: variety and similarity of measures, density,
/// tonality, register. The target for a model is a median of each between the quartiles of real songs.
pub const KEY_FEATURES: [&str; 6] = [
    "distinct_measures",
    "adjacent_jaccard",
    "measure_jaccard",
    "onset_density",
    "pitch_class_entropy",
    "pitch_range",
];

/// Computes the features of a song of the given shape; see [`RollShape::check`].
pub fn describe(song: &[Vec<u16>], shape: &RollShape) -> SongFeatures {
    let notes = onsets(song);
    let cells = || song.iter().flatten().copied();
    let share = |part: usize| part as f64 / notes as f64;
    let on = |parts: usize| {
        share(cells().filter(|&cell| on_division(shape.step(cell), parts, shape)).count())
    };
    let off_grid = |cell: &u16| {
        let step = shape.step(*cell);
        !on_division(step, 16, shape) && !on_division(step, 12, shape)
    };

    let attacks: usize = song.iter().map(|measure| attacks(measure, shape).len()).sum();
    let intervals = inter_onset_intervals(song, shape);
    let groove = Groove::new(song, shape);
    let pitch = |found: Option<usize>| found.map_or(f64::NAN, |pitch| pitch as f64);
    let lowest = pitch(cells().map(|cell| shape.pitch(cell)).min());
    let highest = pitch(cells().map(|cell| shape.pitch(cell)).max());
    let classes = pitch_classes(song, shape).map(|count| count as f64);
    let distinct = classes.iter().filter(|&&count| count > 0.0).count();
    let similarity = MeasureSimilarity::new(song);
    let period = similarity.best_period();
    let lag = |lag| similarity.at_lag(lag).unwrap_or(f64::NAN);

    SongFeatures {
        onsets: notes as f64,
        onset_density: notes as f64 / shape.cells() as f64,
        onset_steps_per_measure: attacks as f64 / shape.measures() as f64,
        chord_size: notes as f64 / attacks as f64,
        pitch_lowest: lowest,
        pitch_mean: share(cells().map(|cell| shape.pitch(cell)).sum()),
        pitch_highest: highest,
        pitch_range: highest - lowest,
        pitch_classes: if notes == 0 { f64::NAN } else { distinct as f64 },
        pitch_class_entropy: entropy(&classes),
        scale_consistency: most_in_one_scale(&classes) / notes as f64,
        on_quarter: on(4),
        on_eighth: on(8),
        on_sixteenth: on(16),
        off_grid_rate: share(cells().filter(off_grid).count()),
        inter_onset_mean: intervals.iter().sum::<usize>() as f64 / intervals.len() as f64,
        inter_onset_entropy: interval_entropy(&intervals),
        groove_similarity: groove.map_or(f64::NAN, |groove| groove.similarity),
        groove_by_chance: groove.map_or(f64::NAN, |groove| groove.by_chance),
        empty_measure_rate: empty_measure_rate(song),
        distinct_measures: distinct_measures(song) as f64,
        adjacent_jaccard: lag(1),
        lag_2_jaccard: lag(2),
        lag_4_jaccard: lag(4),
        lag_8_jaccard: lag(8),
        measure_jaccard: similarity.mean_off_diagonal().unwrap_or(f64::NAN),
        effective_measures: similarity.effective().unwrap_or(f64::NAN),
        motifs: Form::new(song).count() as f64,
        best_period: period.map_or(f64::NAN, |(lag, _)| lag as f64),
        period_jaccard: period.map_or(f64::NAN, |(_, similarity)| similarity),
    }
}

/// Returns true if a step is the start of one of `parts` equal parts of the measure.
fn on_division(step: usize, parts: usize, shape: &RollShape) -> bool {
    (step * parts).is_multiple_of(shape.steps())
}

/// Counts the notes of each pitch class, C first.
pub fn pitch_classes(song: &[Vec<u16>], shape: &RollShape) -> [usize; 12] {
    let mut classes = [0; 12];
    for &cell in song.iter().flatten() {
        classes[shape.pitch(cell) % 12] += 1;
    }
    classes
}

/// Counts the notes in the best of the twelve major scales.
pub(super) fn most_in_one_scale(classes: &[f64; 12]) -> f64 {
    const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
    let held = |root: usize| MAJOR.iter().map(|degree| classes[(root + degree) % 12]).sum();
    (0..12).map(held).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    fn described(notes: &[(usize, usize, usize)]) -> SongFeatures {
        describe(&song(notes), &RollShape::THESIS)
    }

    #[test]
    fn density_and_chords_count_attacks() {
        let found = described(&[(0, 0, 60), (0, 0, 64), (0, 0, 67), (0, 24, 60), (1, 0, 60)]);
        assert_eq!((found.onsets, found.onset_steps_per_measure), (5.0, 3.0 / 16.0));
        assert_eq!(found.chord_size, 5.0 / 3.0);
        assert_eq!(found.onset_density, 5.0 / 147_456.0);
        assert_eq!((found.empty_measure_rate, found.distinct_measures), (14.0 / 16.0, 3.0));
    }

    #[test]
    fn pitches_are_midi_numbers() {
        let found = described(&[(0, 0, 16), (3, 50, 60), (15, 95, 111)]);
        assert_eq!((found.pitch_lowest, found.pitch_highest), (16.0, 111.0));
        assert_eq!((found.pitch_range, found.pitch_mean), (95.0, 187.0 / 3.0));
    }

    #[test]
    fn octaves_are_one_pitch_class() {
        let found = described(&[(0, 0, 48), (0, 0, 60), (0, 0, 72)]);
        assert_eq!((found.pitch_classes, found.pitch_class_entropy), (1.0, 0.0));
    }

    #[test]
    fn four_equal_pitch_classes_have_two_bits() {
        let found = described(&[(0, 0, 60), (0, 0, 64), (0, 0, 67), (0, 0, 70)]);
        assert_eq!(found.pitch_class_entropy, 2.0);
    }

    #[test]
    fn scale_consistency_of_a_scale_is_1_in_any_key() {
        let scale = |root: usize| [0, 2, 4, 5, 7, 9, 11].map(|degree| (0, 0, root + degree));
        for root in 60..72 {
            assert_eq!(described(&scale(root)).scale_consistency, 1.0);
        }
        let chromatic: Vec<_> = (60..72).map(|pitch| (0, 0, pitch)).collect();
        assert_eq!(described(&chromatic).scale_consistency, 7.0 / 12.0);
    }

    #[test]
    fn shares_of_finer_beats_include_coarser_ones() {
        let found = described(&[(0, 24, 60), (0, 36, 60), (0, 42, 60), (0, 32, 60), (0, 33, 60)]);
        assert_eq!((found.on_quarter, found.on_eighth, found.on_sixteenth), (0.2, 0.4, 0.6));
        assert_eq!(found.off_grid_rate, 0.2);
    }

    #[test]
    fn repetition_appears_at_its_lag() {
        let notes: Vec<_> = (0..16).map(|measure| (measure, 0, 60 + measure % 4)).collect();
        let found = described(&notes);
        assert_eq!((found.adjacent_jaccard, found.lag_2_jaccard), (0.0, 0.0));
        assert_eq!((found.lag_4_jaccard, found.lag_8_jaccard), (1.0, 1.0));
        assert_eq!(found.measure_jaccard, 0.2);
        assert_eq!((found.best_period, found.period_jaccard), (4.0, 1.0));
        assert_eq!((found.effective_measures, found.motifs), (4.0, 4.0));
    }

    #[test]
    fn silence_has_counts_and_null_pitches() {
        let found = described(&[]);
        assert_eq!((found.onsets, found.empty_measure_rate), (0.0, 1.0));
        let json = serde_json::to_value(found).unwrap();
        for name in ["pitch_mean", "pitch_range", "chord_size", "on_quarter", "scale_consistency"] {
            assert!(json[name].is_null(), "{name}");
        }
    }

    #[test]
    fn features_are_in_their_documented_range() {
        let found = described(&[(0, 0, 60), (0, 24, 64), (2, 7, 67), (9, 95, 111)]);
        let json = serde_json::to_value(found).unwrap();
        assert_eq!(json.as_object().map(|fields| fields.len()), Some(FEATURES.len()));
        for feature in FEATURES {
            let value = (feature.value)(&found);
            assert_eq!(json[feature.name].as_f64(), Some(value), "{}", feature.name);
            assert!((feature.low..=feature.high).contains(&value), "{} {value}", feature.name);
        }
    }
}
