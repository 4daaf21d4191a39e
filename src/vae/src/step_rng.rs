//! Random inputs of a training step, independent of how its batch is split into micro-batches.

use crate::host::to_device;
use crate::rng::{self, Purpose};
use crate::settings::Settings;
use burn::tensor::{Tensor, backend::Backend};
use rand_chacha::ChaCha8Rng;

/// Random inputs for some songs, row-major.
#[derive(Debug, Clone, Default)]
pub(crate) struct RandomInputs {
    /// Reparameterization noise `[songs, latent]`.
    pub(crate) noise: Vec<f32>,
    /// Dropout masks of the decoder's hidden units; `None` without dropout.
    pub(crate) masks: Option<Masks>,
}

/// Factors of hidden units: 0 with the probability `dropout`, else `1 / (1 - dropout)`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Masks {
    /// `[songs, hidden units of a song]`.
    pub(crate) song: Vec<f32>,
    /// `[songs * measures, hidden units of a measure]`.
    pub(crate) measure: Vec<f32>,
}

/// Masks on a device: of songs, and of measures.
pub(crate) type MaskTensors<B> = [Tensor<B, 2>; 2];

impl Masks {
    /// Copies the masks to a device.
    pub(crate) fn on_device<B: Backend>(
        self,
        [songs, measures]: [usize; 2],
        device: &B::Device,
    ) -> MaskTensors<B> {
        [(self.song, songs), (self.measure, measures)].map(|(mask, rows)| {
            let width = mask.len() / rows;
            to_device(mask, [rows, width], device)
        })
    }
}

/// Applies one of the masks.
pub(crate) fn masked<B: Backend>(
    units: Tensor<B, 2>,
    masks: &Option<MaskTensors<B>>,
    index: usize,
) -> Tensor<B, 2> {
    match masks {
        Some(masks) => units * masks[index].clone(),
        None => units,
    }
}

/// The random streams of a step, read song by song.
#[derive(Debug)]
pub(crate) struct StepRng<'a> {
    settings: &'a Settings,
    noise: ChaCha8Rng,
    song: ChaCha8Rng,
    measure: ChaCha8Rng,
}

impl<'a> StepRng<'a> {
    /// Opens the streams of a step, counted from 0 since the start of the training.
    pub(crate) fn new(settings: &'a Settings, step: u64) -> Self {
        let stream = |purpose| rng::stream(settings.seed, purpose, step);
        StepRng {
            settings,
            noise: stream(Purpose::TrainingNoise),
            song: stream(Purpose::SongDropout),
            measure: stream(Purpose::MeasureDropout),
        }
    }

    /// Returns the inputs of the next `songs` songs of the batch.
    pub(crate) fn next_inputs(&mut self, songs: usize) -> RandomInputs {
        let architecture = &self.settings.architecture;
        let dropout = self.settings.options.dropout;
        let rows = songs * architecture.geometry.measures();
        let [song, measure] = architecture.hidden_units();
        let masks = (dropout > 0.0).then(|| Masks {
            song: mask(&mut self.song, songs * song, dropout),
            measure: mask(&mut self.measure, rows * measure, dropout),
        });
        RandomInputs { noise: rng::normal(&mut self.noise, songs * architecture.latent), masks }
    }
}

fn mask(random: &mut ChaCha8Rng, count: usize, dropout: f64) -> Vec<f32> {
    let factor = (1.0 / (1.0 - dropout)) as f32;
    (0..count).map(|_| if rng::draw_keep(random, dropout) { factor } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    #[test]
    fn masks_drop_the_requested_fraction_and_keep_the_expectation() {
        let settings = settings(|raw| raw.options.dropout = 0.2);
        let masks = StepRng::new(&settings, 3).next_inputs(400).masks.unwrap();
        for mask in [masks.song, masks.measure] {
            let count = mask.len() as f64;
            let dropped = mask.iter().filter(|&&factor| factor == 0.0).count() as f64;
            assert!((dropped / count - 0.2).abs() < 0.02, "{}", dropped / count);
            let mean = mask.iter().map(|&factor| f64::from(factor)).sum::<f64>() / count;
            assert!((mean - 1.0).abs() < 0.02, "{mean}");
        }
    }

    #[test]
    fn micro_batches_get_the_inputs_of_the_whole_batch_and_steps_differ() {
        let settings = settings(|raw| raw.options.dropout = 0.5);
        let whole = StepRng::new(&settings, 3).next_inputs(7);
        let mut parts = StepRng::new(&settings, 3);
        let (first, second) = (parts.next_inputs(3), parts.next_inputs(4));
        let measure = |inputs: &RandomInputs| inputs.masks.clone().unwrap().measure;
        assert_eq!([measure(&first), measure(&second)].concat(), measure(&whole));
        assert_eq!([first.noise, second.noise].concat(), whole.noise);
        assert_ne!(measure(&StepRng::new(&settings, 4).next_inputs(7)), measure(&whole));
    }
}
