//! Number of distinct deviations of the onsets from the grid: few in a score, nearly all possible ones in a performance.

use crate::meter::MeterSegment;
use crate::note::Tick;
use crate::score::Score;

/// Largest deviation that is counted on its own [ticks]; larger ones count as this one.
const FURTHEST: i64 = 511;

/// The deviations of onsets from the nearest step, in whole ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviations {
    /// Number of distinct deviations, at least 1 if there are notes.
    pub distinct: u32,
    /// Number of possible deviations: ticks of a step, rounded down, in the meter with the longest steps.
    pub possible: u64,
}

/// Returns the deviations of the notes of a score, without drums, from a grid of `steps` per measure.
pub fn deviations(score: &Score, steps: u16) -> Deviations {
    let meter = score.meter();
    let mut seen = [0_u64; 16];
    let (mut segment, mut last) = (0, None);
    for note in score.notes.iter().filter(|note| !note.drum) {
        if last.replace(note.onset) == Some(note.onset) {
            continue;
        }
        while meter[segment].end.is_some_and(|end| end <= note.onset) {
            segment += 1;
        }
        let MeterSegment { start: Tick(start), measure, .. } = meter[segment];
        let deviation = measure.deviation(note.onset.0 - start, steps);
        let place = (deviation.clamp(-FURTHEST, FURTHEST) + FURTHEST) as usize; // below 1024
        seen[place / 64] |= 1 << (place % 64);
    }
    let ticks = meter.iter().map(|segment| segment.measure.ticks_per_step(steps));
    Deviations {
        distinct: seen.iter().map(|word| word.count_ones()).sum(),
        possible: ticks.max().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{Division, Note};

    fn deviations_of(division: u16, onsets: &[u64]) -> Deviations {
        let mut score = Score::empty(Division::new(division).unwrap());
        score.notes = onsets.iter().map(|&onset| Note::test(onset, 60)).collect();
        deviations(&score, 96)
    }

    #[test]
    fn onsets_on_the_grid_have_one_deviation() {
        let on_grid: Vec<u64> = (0..500).map(|step| step * 20).collect();
        assert_eq!(deviations_of(480, &on_grid), Deviations { distinct: 1, possible: 20 });
        // Triplets at 100 ticks per quarter note: 33.3 ticks, written as 33 and 67.
        assert_eq!(deviations_of(100, &[0, 33, 67, 100, 133]).distinct, 1);
        assert_eq!(deviations_of(480, &[]), Deviations { distinct: 0, possible: 20 });
    }

    #[test]
    fn played_onsets_deviate_in_all_ways() {
        let played: Vec<u64> = (0..200).map(|beat| beat * 480 + beat * 7 % 20).collect();
        assert_eq!(deviations_of(480, &played), Deviations { distinct: 20, possible: 20 });
        assert_eq!(deviations_of(480, &[3, 3, 483, 957]).distinct, 2);
    }
}
