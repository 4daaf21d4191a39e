//! What is drawn for one training step, the same however many parts its batch is worked through in.

use crate::chance::{self, Purpose};
use crate::settings::Settings;
use rand_chacha::ChaCha8Rng;

/// Draws for some songs, row-major.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draws {
    /// Reparameterisation noise `[songs, latent]`.
    pub(crate) noise: Vec<f32>,
    /// Factors of the decoder's hidden units, 0 where silenced; absent without dropout.
    pub(crate) masks: Option<Masks>,
}

/// Factors of hidden units: 0 with the probability of dropout, else its complement's inverse.
#[derive(Debug, Clone, Default)]
pub(crate) struct Masks {
    /// `[songs, hidden units of a song]`.
    pub(crate) song: Vec<f32>,
    /// `[songs * measures, hidden units of a measure]`.
    pub(crate) measure: Vec<f32>,
}

/// The streams of a step, read song by song.
#[derive(Debug)]
pub(crate) struct Streams<'a> {
    settings: &'a Settings,
    noise: ChaCha8Rng,
    song: ChaCha8Rng,
    measure: ChaCha8Rng,
}

impl<'a> Streams<'a> {
    /// The streams of a step counted from 0 since the start of the training.
    pub(crate) fn new(settings: &'a Settings, step: u64) -> Self {
        let stream = |purpose| chance::stream(settings.seed, purpose, step);
        Streams {
            settings,
            noise: stream(Purpose::TrainingNoise),
            song: stream(Purpose::SongDropout),
            measure: stream(Purpose::MeasureDropout),
        }
    }

    /// What the next songs of the batch draw.
    pub(crate) fn draw(&mut self, songs: usize) -> Draws {
        let architecture = &self.settings.architecture;
        let dropout = self.settings.remedies.dropout;
        let rows = songs * architecture.geometry.measures();
        let [song, measure] = architecture.hidden_units();
        let masks = (dropout > 0.0).then(|| Masks {
            song: mask(&mut self.song, songs * song, dropout),
            measure: mask(&mut self.measure, rows * measure, dropout),
        });
        Draws { noise: chance::normal(&mut self.noise, songs * architecture.latent), masks }
    }
}

fn mask(random: &mut ChaCha8Rng, count: usize, dropout: f64) -> Vec<f32> {
    let factor = (1.0 / (1.0 - dropout)) as f32;
    (0..count).map(|_| if chance::stays(random, dropout) { factor } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    #[test]
    fn masks_silence_the_share_asked_for_and_keep_the_expectation() {
        let settings = settings(|raw| raw.remedies.dropout = 0.2);
        let masks = Streams::new(&settings, 3).draw(400).masks.unwrap();
        for mask in [masks.song, masks.measure] {
            let count = mask.len() as f64;
            let silent = mask.iter().filter(|&&factor| factor == 0.0).count() as f64;
            assert!((silent / count - 0.2).abs() < 0.02, "{}", silent / count);
            let mean = mask.iter().map(|&factor| f64::from(factor)).sum::<f64>() / count;
            assert!((mean - 1.0).abs() < 0.02, "{mean}");
        }
    }

    #[test]
    fn a_step_draws_the_same_in_parts_and_another_step_draws_anew() {
        let settings = settings(|raw| raw.remedies.dropout = 0.5);
        let whole = Streams::new(&settings, 3).draw(7);
        let mut parts = Streams::new(&settings, 3);
        let (first, second) = (parts.draw(3), parts.draw(4));
        let measure = |draws: &Draws| draws.masks.clone().unwrap().measure;
        assert_eq!([measure(&first), measure(&second)].concat(), measure(&whole));
        assert_eq!([first.noise, second.noise].concat(), whole.noise);
        assert_ne!(measure(&Streams::new(&settings, 4).draw(7)), measure(&whole));
    }
}
