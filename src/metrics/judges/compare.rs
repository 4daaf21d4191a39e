//! Cross-validated accuracy of a judge.

use super::evidence::Evidence;
use super::folds::{FOLDS, folds};
use super::interval::wilson;
use super::notes::NoteNetwork;
use super::regression::{Regression, scales, standardize};
use super::trees::BoostedTrees;
use rayon::prelude::*;
use std::collections::HashSet;
use strum::{IntoStaticStr, VariantArray};

/// A kind of classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Judge {
    /// Logistic regression on the features.
    Features,
    /// The nearest song by the features.
    Neighbour,
    /// Logistic regression on the counts.
    Counts,
    /// Boosted trees on the counts.
    Trees,
    /// A network on the surroundings of the notes.
    Notes,
}

/// The accuracy of a judge, 0..=1: 0.5 is a guess.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Share of the songs of two sets of equal size that it puts into the right one; a tie counts a half.
    pub accuracy: f64,
    /// Ends of the 95 % interval: Wilson's, with as many independent songs as there are groups.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Judge {
    /// Every judge.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Returns the name in `metrics.json`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the accuracy of this judge on two sets of songs, in five-fold cross-validation by group. The first
    /// songs of the larger set count. `None` if these are of fewer than five groups in a set.
    pub fn compare(self, first: &[Evidence], second: &[Evidence]) -> Option<Verdict> {
        let size = first.len().min(second.len());
        let sets = [&first[..size], &second[..size]];
        let groups = sets.map(|songs| songs.iter().map(|it| it.group.as_str()).collect::<Vec<_>>());
        let count = |songs: &Vec<&str>| songs.iter().collect::<HashSet<_>>().len();
        if groups.iter().any(|songs| count(songs) < FOLDS) {
            return None;
        }
        let folds = folds([&groups[0], &groups[1]]).concat();
        let labelled = sets.iter().zip([false, true]);
        let songs: Vec<(&Evidence, bool)> = labelled
            .flat_map(|(songs, label)| songs.iter().map(move |song| (song, label)))
            .collect();
        let right: f64 = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let of = |is_test: bool| {
                    let all =
                        songs.iter().zip(&folds).filter(move |(_, it)| (**it == fold) == is_test);
                    all.map(|(song, _)| *song).collect::<Vec<_>>()
                };
                self.right(&of(false), &of(true))
            })
            .collect::<Vec<f64>>()
            .iter()
            .sum();
        let accuracy = right / songs.len() as f64;
        let independent = groups.concat().into_iter().collect::<HashSet<_>>().len();
        let (low, high) = wilson(accuracy, independent);
        Some(Verdict { accuracy, low, high })
    }

    /// Returns how many songs of `test` are recognized after learning from `training`.
    fn right(self, training: &[(&Evidence, bool)], test: &[(&Evidence, bool)]) -> f64 {
        let score: Box<dyn Fn(&Evidence) -> f64> = match self {
            Self::Features => {
                let judge = Regression::fit(&rows(training, |song| &song.features));
                Box::new(move |song| judge.score(&song.features))
            }
            Self::Neighbour => {
                let judge = Neighbours::new(&rows(training, |song| &song.features));
                Box::new(move |song| judge.score(&song.features))
            }
            Self::Counts => {
                let judge = Regression::fit(&rows(training, |song| &song.counts));
                Box::new(move |song| judge.score(&song.counts))
            }
            Self::Trees => {
                let judge = BoostedTrees::fit(&rows(training, |song| &song.counts));
                Box::new(move |song| judge.score(&song.counts))
            }
            Self::Notes => {
                let songs: Vec<_> =
                    training.iter().map(|(song, it)| (&song.windows, *it)).collect();
                let judge = NoteNetwork::fit(&songs);
                Box::new(move |song| judge.score(&song.windows))
            }
        };
        let is_right = |(song, label): &(&Evidence, bool)| match score(song) {
            0.0 => 0.5,
            score => f64::from(u8::from((score > 0.0) == *label)),
        };
        test.iter().map(is_right).sum()
    }
}

fn rows<'a>(
    songs: &[(&'a Evidence, bool)],
    row: impl Fn(&'a Evidence) -> &'a Vec<f32>,
) -> Vec<(&'a [f32], bool)> {
    songs.iter().map(|(song, label)| (row(song).as_slice(), *label)).collect()
}

/// Songs as points, to find the nearest.
struct Neighbours {
    scales: Vec<(f32, f32)>,
    points: Vec<(Vec<f32>, bool)>,
}

impl Neighbours {
    fn new(rows: &[(&[f32], bool)]) -> Self {
        let scales = scales(rows);
        let point = |(row, label): &(&[f32], bool)| (standardize(&scales, row), *label);
        let points = rows.iter().map(point).collect();
        Self { scales, points }
    }

    /// Returns how much nearer the nearest point of the second set is than that of the first.
    fn score(&self, row: &[f32]) -> f64 {
        let row = standardize(&self.scales, row);
        let distance = |of: bool| {
            let set = self.points.iter().filter(|(_, label)| *label == of);
            let square = |point: &[f32]| -> f64 {
                point.iter().zip(&row).map(|(a, b)| f64::from(a - b).powi(2)).sum()
            };
            set.map(|(point, _)| square(point)).fold(f64::INFINITY, f64::min)
        };
        distance(false) - distance(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::roll::RollShape;
    use rand::{Rng as _, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const SCALE: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];

    /// A song of random eighths, in a major scale except a share of the notes.
    fn song(seed: u64, stray: f64) -> Vec<Vec<u16>> {
        let shape = RollShape::THESIS;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let key = random.random_range(0..12);
        let mut cell = |step: usize| {
            let degree = SCALE[random.random_range(0..7_usize)];
            let is_stray = random.random_bool(stray);
            let row = 24 + key + degree + 12 * random.random_range(0..3_usize);
            shape.cell(step, row + usize::from(is_stray))
        };
        (0..16).map(|_| (0..8).map(|at| cell(at * 12)).collect()).collect()
    }

    fn set(first: u64, count: u64, stray: f64) -> Vec<Evidence> {
        let song =
            |seed: u64| Evidence::new(&song(seed, stray), &seed.to_string(), &RollShape::THESIS);
        (first..first + count).map(song).collect()
    }

    fn accuracy(judge: Judge, first: &[Evidence], second: &[Evidence]) -> f64 {
        judge.compare(first, second).unwrap().accuracy
    }

    #[test]
    fn judges_guess_on_songs_of_one_kind_and_recognize_another() {
        let (first, same, other) = (set(0, 60, 0.0), set(1000, 60, 0.0), set(2000, 60, 0.3));
        for &judge in Judge::ALL {
            let null = accuracy(judge, &first, &same);
            assert!((null - 0.5).abs() < 0.18, "{judge:?}: {null}");
            let Verdict { accuracy, low, high } = judge.compare(&first, &other).unwrap();
            let enough = if judge == Judge::Neighbour { 0.6 } else { 0.8 };
            assert!(accuracy > enough, "{judge:?}: {accuracy}");
            assert!(low < accuracy && accuracy <= high, "{judge:?}: {low} {high}");
        }
    }

    #[test]
    fn a_piece_that_is_known_from_another_fold_does_not_help() {
        // Every song is in its set twice: a judge that knew one copy would recognize the other.
        let [first, second] = [0, 1000].map(|seed| {
            let songs = set(seed, 20, 0.0);
            [songs.clone(), songs].concat()
        });
        let found = accuracy(Judge::Neighbour, &first, &second);
        assert!((0.25..0.75).contains(&found), "{found}");
    }

    #[test]
    fn equal_songs_give_equal_verdicts_and_few_groups_none() {
        let (first, second) = (set(0, 10, 0.0), set(1000, 12, 0.2));
        for &judge in Judge::ALL {
            assert_eq!(judge.compare(&first, &second), judge.compare(&first, &second[..10]));
            assert_eq!(judge.compare(&first[..4], &second), None);
        }
        let one: Vec<Evidence> =
            first.iter().cloned().map(|song| Evidence { group: "a".into(), ..song }).collect();
        assert_eq!(Judge::Trees.compare(&one, &second), None);
    }
}
