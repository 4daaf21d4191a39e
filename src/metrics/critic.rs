//! A critic: estimates from its [`counts`] how likely a song is to be real.
//!
//! A logistic regression, fitted to real songs and to those of a model. Its score is the logarithm of a ratio of
//! densities, so a song that is chosen among several with a probability that grows with the exponential of its score
//! follows the real songs more closely than those that it is chosen from (importance resampling: Rubin 1987).
//!
//! Two of the [judges](super::judges) use the same counts. A critic must not learn from the songs that judges compare
//! with, and the accuracy of these two judges on chosen songs is biased towards 0.5.

use super::judges::counts::{Sheet, counts};
use super::judges::regression::{Regression, standardized};
use crate::music::roll::RollShape;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A critic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Critic {
    constant: f32,
    counts: Vec<Weighed>,
}

/// A count, with its scale and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Weighed {
    name: String,
    mean: f32,
    deviation: f32,
    /// Added to the score for each standard deviation above the mean.
    weight: f32,
}

impl Critic {
    /// Fits a critic to real songs and to songs of a model.
    pub fn fit(real: &[Vec<Vec<u16>>], drawn: &[Vec<Vec<u16>>], shape: &RollShape) -> Self {
        let sheets = |songs: &[Vec<Vec<u16>>]| -> Vec<Sheet> {
            songs.par_iter().map(|song| counts(song, shape)).collect()
        };
        let (real, drawn) = (sheets(real), sheets(drawn));
        let labelled = |sheets: &'_ [Sheet], is_real| {
            sheets.iter().map(|sheet| (sheet.values().to_vec(), is_real)).collect::<Vec<_>>()
        };
        let rows = [labelled(&drawn, false), labelled(&real, true)].concat();
        let rows: Vec<(&[f32], bool)> =
            rows.iter().map(|(row, it)| (row.as_slice(), *it)).collect();
        let Regression { scales, weights, constant } = Regression::fit(&rows);
        let names = real.iter().chain(&drawn).next().map_or(&[][..], Sheet::names);
        let weighed = |((name, (mean, deviation)), weight): ((&String, (f32, f32)), f32)| Weighed {
            name: name.clone(),
            mean,
            deviation,
            weight,
        };
        Self { constant, counts: names.iter().zip(scales).zip(weights).map(weighed).collect() }
    }

    /// Returns the log odds that a song is real.
    pub fn score(&self, song: &[Vec<u16>], shape: &RollShape) -> f64 {
        let sheet = counts(song, shape);
        let product = |(count, &value): (&Weighed, &f32)| {
            count.weight * standardized(value, (count.mean, count.deviation))
        };
        let sum: f32 = self.counts.iter().zip(sheet.values()).map(product).sum();
        f64::from(self.constant + sum)
    }

    /// Returns the mean over two sets of the share of songs that it classifies correctly; `None` if a set is empty.
    pub fn accuracy(
        &self,
        real: &[Vec<Vec<u16>>],
        drawn: &[Vec<Vec<u16>>],
        shape: &RollShape,
    ) -> Option<f64> {
        let share = |songs: &[Vec<Vec<u16>>], is_real: bool| {
            let right =
                songs.par_iter().filter(|song| (self.score(song, shape) > 0.0) == is_real).count();
            (!songs.is_empty()).then(|| right as f64 / songs.len() as f64)
        };
        Some((share(real, true)? + share(drawn, false)?) / 2.0)
    }

    /// Returns whether its counts are those of this program.
    pub fn is_current(&self, shape: &RollShape) -> bool {
        let sheet = counts(&[], shape);
        self.counts.iter().map(|count| &count.name).eq(sheet.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng as _, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Songs of random eighths that are `span` semitones apart at most.
    fn songs(seed: u64, span: usize) -> Vec<Vec<Vec<u16>>> {
        let shape = RollShape::THESIS;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut cell = |step: usize| shape.cell(step, 40 + random.random_range(0..span));
        (0..60)
            .map(|_| (0..16).map(|_| (0..8).map(|at| cell(at * 12)).collect()).collect())
            .collect()
    }

    #[test]
    fn real_songs_have_higher_scores_than_those_of_another_kind() {
        let shape = RollShape::THESIS;
        let critic = Critic::fit(&songs(1, 5), &songs(2, 9), &shape);
        let accuracy = critic.accuracy(&songs(3, 5), &songs(4, 9), &shape).unwrap();
        assert!(accuracy > 0.95, "{accuracy}");
        let [near, far] = [5, 9].map(|span| critic.score(&songs(5, span)[0], &shape));
        assert!(near > 0.0 && far < 0.0, "{near} {far}");
        let guess = Critic::fit(&songs(1, 5), &songs(2, 5), &shape);
        let accuracy = guess.accuracy(&songs(3, 5), &songs(4, 5), &shape).unwrap();
        assert!((accuracy - 0.5).abs() < 0.2, "{accuracy}");
        assert_eq!(critic.accuracy(&[], &songs(4, 9), &shape), None);
    }

    #[test]
    fn critic_in_json_is_the_same() {
        let shape = RollShape::THESIS;
        let critic = Critic::fit(&songs(1, 5), &songs(2, 9), &shape);
        let text = serde_json::to_string(&critic).unwrap();
        let read: Critic = serde_json::from_str(&text).unwrap();
        assert_eq!(read, critic);
        assert!(read.is_current(&shape));
        assert!(!Critic { counts: Vec::new(), ..read }.is_current(&shape));
    }
}
