//! Examples for the decoder: samples with a code drawn from their posterior.

use crate::columnar::SampleFile;
use crate::stage_api::Result;
use crate::stages::spread::spread;
use crate::stages::visits::augmentation;
use partita_decoder::{Example, Guide, Song};
use partita_numerics::rng::{Purpose, draw_bool, normal, stream, unit};
use partita_vae::Model;
use rand_chacha::rand_core::RngCore;

/// Makes examples from samples.
pub(super) struct Examples<'a> {
    pub(super) model: &'a Model,
    pub(super) samples: &'a SampleFile,
    pub(super) seed: u64,
}

/// How examples differ from their samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variation {
    /// Maximum number of semitones up and down.
    pub(super) transpose: usize,
    /// Whether the first measure is chosen at random.
    pub(super) rotate: bool,
    /// Probability that an example has no code.
    pub(super) uncoded: f64,
    /// Highest share of earlier onsets that are mistakes; each example has its own share.
    pub(super) mistakes: f64,
}

/// Examples and the KL divergence of the posterior of each from the prior, in nats; 0 without a code.
pub(super) struct Batch {
    pub(super) examples: Vec<Example>,
    pub(super) kl: Vec<f64>,
}

impl Examples<'_> {
    /// Returns up to `count` examples with their codes, evenly spread over the samples.
    pub(super) fn unchanged(&self, count: usize) -> Result<Batch> {
        let chosen = spread(self.samples.len(), count);
        let variation = Variation { transpose: 0, rotate: false, uncoded: 0.0, mistakes: 0.0 };
        self.batch(&chosen, u64::MAX, variation)
    }

    /// Returns the examples of these samples; `step` and the seed decide how they vary.
    pub(super) fn batch(
        &self,
        samples: &[usize],
        step: u64,
        variation: Variation,
    ) -> Result<Batch> {
        let size = self.model.architecture().geometry;
        let mut random = stream(self.seed, Purpose::DecoderExamples, step);
        let mut cells = vec![Vec::new(); samples.len()];
        let mut coded = Vec::new();
        for (at, (&sample, cells)) in samples.iter().zip(&mut cells).enumerate() {
            self.samples.cells(sample, cells)?;
            let Variation { transpose, rotate, .. } = variation;
            augmentation(&mut random, size, transpose, rotate).apply(size, cells);
            if !draw_bool(&mut random, variation.uncoded) {
                coded.push(at);
            }
        }
        let songs: Vec<Vec<u32>> = coded.iter().map(|&at| cells[at].clone()).collect();
        let posterior = self.model.encode(&songs)?;
        let draw = |(mean, std): (&Vec<f32>, &Vec<f32>)| -> Vec<f32> {
            let noise = normal(&mut random, mean.len());
            mean.iter().zip(std).zip(noise).map(|((mean, std), noise)| mean + std * noise).collect()
        };
        let latents: Vec<Vec<f32>> = posterior.mean.iter().zip(&posterior.std).map(draw).collect();
        let rates = self.model.decode(&latents)?;
        let mut kl = vec![0.0; samples.len()];
        let mut guides: Vec<Option<Guide>> = vec![None; samples.len()];
        for (place, (latent, rates)) in coded.iter().zip(latents.into_iter().zip(rates)) {
            guides[*place] = Some(Guide::new(size, latent, rates));
        }
        for (at, place) in coded.iter().enumerate() {
            kl[*place] = divergence(&posterior.mean[at], &posterior.std[at]);
        }
        let songs = cells.iter().map(|cells| Song::new(size, cells));
        let mut example = |(song, guide): (Song, Option<Guide>)| {
            // Half of the examples have none.
            let share = variation.mistakes * (2.0 * unit(random.next_u32()) - 1.0);
            let heard = (share > 0.0).then(|| song.with_mistakes(share, &mut random));
            Example { song, guide, heard }
        };
        let examples = songs.zip(guides).map(&mut example).collect();
        Ok(Batch { examples, kl })
    }
}

/// Returns the KL divergence of a diagonal Gaussian from the standard normal one, in nats.
fn divergence(mean: &[f32], std: &[f32]) -> f64 {
    let of_unit = |(&mean, &std): (&f32, &f32)| {
        let (mean, std) = (f64::from(mean), f64::from(std));
        0.5 * (mean * mean + std * std - 1.0) - std.ln()
    };
    mean.iter().zip(std).map(of_unit).sum()
}
