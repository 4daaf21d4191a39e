//! Rhythm: intervals between attacks, and the groove of neighbouring measures.
//!
//! An attack is a step at which at least one note starts; a chord is one attack.

use super::entropy::entropy;
use crate::music::roll::RollShape;
use std::collections::BTreeMap;

/// Returns the steps of a measure at which notes start, ascending.
pub fn attacks(measure: &[u16], shape: &RollShape) -> Vec<usize> {
    let runs = measure.chunk_by(|&a, &b| shape.step(a) == shape.step(b));
    runs.map(|run| shape.step(run[0])).collect()
}

/// Returns the steps between consecutive attacks through all measures of a song. Chords add no zeros, which mgeval
/// counts.
pub fn inter_onset_intervals(song: &[Vec<u16>], shape: &RollShape) -> Vec<usize> {
    let starts = (0..).step_by(shape.steps());
    let moments = |(start, cells): (usize, &Vec<u16>)| {
        attacks(cells, shape).into_iter().map(move |step| start + step)
    };
    let moments: Vec<usize> = starts.zip(song).flat_map(moments).collect();
    moments.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Shannon entropy of the intervals in bits: 0 for a steady pulse, NaN without intervals.
pub fn interval_entropy(intervals: &[usize]) -> f64 {
    let mut counts = BTreeMap::new();
    intervals.iter().for_each(|&interval| *counts.entry(interval).or_insert(0.0) += 1.0);
    entropy(&counts.into_values().collect::<Vec<f64>>())
}

/// Similarity of the rhythms of neighbouring measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Groove {
    /// `1 - H / steps`, 0..=1, with the mean number `H` of steps at which one of two neighbours has an attack and the
    /// other does not (MusPy's `groove_consistency`, of a fixed number of measures).
    pub similarity: f64,
    /// The similarity expected of random rhythms of the same density, measure by measure: on 96 steps about 0.85 for
    /// eight attacks, so the similarity alone means little.
    pub by_chance: f64,
}

impl Groove {
    /// Compares each measure with the next; `None` for fewer than two measures.
    pub fn new(song: &[Vec<u16>], shape: &RollShape) -> Option<Self> {
        let rhythms: Vec<Vec<usize>> = song.iter().map(|measure| attacks(measure, shape)).collect();
        let steps = shape.steps() as f64;
        let mut sums = (0.0, 0.0);
        for pair in rhythms.windows(2) {
            let shared = pair[0].iter().filter(|step| pair[1].binary_search(step).is_ok()).count();
            let (a, b) = (pair[0].len() as f64, pair[1].len() as f64);
            sums.0 += a + b - 2.0 * shared as f64;
            sums.1 += a + b - 2.0 * a * b / steps;
        }
        let all = rhythms.len().checked_sub(1).filter(|&pairs| pairs > 0)? as f64 * steps;
        Some(Self { similarity: 1.0 - sums.0 / all, by_chance: 1.0 - sums.1 / all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    fn shape() -> RollShape {
        RollShape::THESIS
    }

    #[test]
    fn intervals_run_through_measures_and_a_chord_is_one_attack() {
        let song = song(&[(0, 0, 60), (0, 0, 64), (0, 24, 60), (1, 0, 60), (3, 0, 60)]);
        assert_eq!(inter_onset_intervals(&song, &shape()), [24, 72, 192]);
    }

    #[test]
    fn a_steady_pulse_has_no_entropy_and_two_intervals_by_turns_have_one_bit() {
        assert_eq!(interval_entropy(&[24; 7]), 0.0);
        assert_eq!(interval_entropy(&[24, 12, 24, 12]), 1.0);
        assert!(interval_entropy(&[]).is_nan());
    }

    #[test]
    fn equal_rhythms_are_alike_whatever_their_pitches() {
        let notes: Vec<_> = (0..16).flat_map(|m| [(m, 0, 60 + m), (m, 48, 50)]).collect();
        assert_eq!(Groove::new(&song(&notes), &shape()).unwrap().similarity, 1.0);
    }

    #[test]
    fn steps_that_one_neighbour_has_alone_are_counted() {
        let mut notes = vec![(0, 0, 60), (0, 24, 60), (1, 0, 60), (1, 30, 60)];
        notes.extend((2..16).flat_map(|m| [(m, 0, 60), (m, 30, 60)]));
        let found = Groove::new(&song(&notes), &shape()).unwrap();
        assert!((found.similarity - (1.0 - 2.0 / (96.0 * 15.0))).abs() < 1e-12);
        assert!((found.by_chance - (1.0 - (4.0 - 8.0 / 96.0) / 96.0)).abs() < 1e-12);
    }

    #[test]
    fn chance_is_what_unrelated_rhythms_have() {
        // Eight attacks in each measure: 1 - (16 - 128 / 96) / 96, which the reference measures as 0.847.
        let notes: Vec<_> = (0..16).flat_map(|m| (0..8).map(move |at| (m, at, 60))).collect();
        let by_chance = Groove::new(&song(&notes), &shape()).unwrap().by_chance;
        assert!((by_chance - 0.847).abs() < 5e-4, "{by_chance}");
    }

    #[test]
    fn one_measure_has_no_neighbour() {
        assert_eq!(Groove::new(&[vec![1]], &shape()), None);
    }
}
