//! The losses of samples that the network does not train on.

use crate::backend::{TrainBackend, to_host};
use crate::free_bits::DimensionSums;
use crate::gradient::{Sums, divergence};
use crate::model::micro_batch;
use crate::network::Network;
use crate::observer::Losses;
use crate::rng::{self, Purpose};
use crate::samples::{Rows, SampleError, Samples};
use crate::settings::{Settings, SongWeight};
use burn::tensor::{Tensor, TensorData};

/// A latent dimension whose posterior mean varies by more than this is active (Burda et al. 2015).
const ACTIVE_VARIANCE: f64 = 0.01;

/// Mean losses and active latent dimensions over all samples; none without samples. A sample's noise
/// is the same in every epoch, so that epochs compare.
pub(crate) fn validate<B: TrainBackend>(
    network: &Network<B>,
    samples: &dyn Samples,
    settings: &Settings,
    beta: f64,
) -> Result<Option<(Losses, usize)>, SampleError> {
    let count = samples.len();
    if count == 0 {
        return Ok(None);
    }
    let architecture = &settings.architecture;
    let latent = architecture.latent;
    let device = network.first().weight.device();
    let mut sums = Sums::default();
    let mut divergences = DimensionSums::new(latent);
    let mut moments = vec![(0.0, 0.0); latent];
    let chunk = micro_batch(architecture);
    for start in (0..count).step_by(chunk) {
        let songs = start..(start + chunk).min(count);
        let rows = Rows::read(samples, songs.clone(), architecture.geometry)?;
        let (mean, log_std) = network.encode(&rows);
        let noise = songs.clone().flat_map(|song| {
            let mut random = rng::stream(settings.seed, Purpose::ValidationNoise, song as u64);
            rng::normal(&mut random, latent)
        });
        let noise = TensorData::new(noise.collect::<Vec<_>>(), [songs.len(), latent]);
        let noise = Tensor::<B, 2>::from_data(noise, &device);
        let z = noise * log_std.clone().exp() + mean.clone();
        let weights = network.song_weights(&rows, settings.song_weight);
        let [plain, weighted] = network.losses(z, &rows, settings.reconstruction, &weights);
        sums.reconstruction += plain;
        sums.weighted += weighted;
        let (mean, log_std) = (to_host(mean), to_host(log_std));
        sums.kl += divergence(&mean, &log_std);
        divergences.add(&mean, &log_std, &weights);
        for song in mean.chunks_exact(latent) {
            for ((sum, squares), &mean) in moments.iter_mut().zip(song) {
                *sum += f64::from(mean);
                *squares += f64::from(mean) * f64::from(mean);
            }
        }
    }
    let count = count as f64;
    let variance = |(sum, squares): &(f64, f64)| squares / count - (sum / count).powi(2);
    let active = moments.iter().filter(|moments| variance(moments) > ACTIVE_VARIANCE).count();
    let charged = match (settings.options.free_bits, settings.song_weight) {
        (0.0, SongWeight::Onsets) => sums.kl,
        (free_bits, _) => divergences.kl_with_free_bits(free_bits) * count,
    };
    Ok(Some((Losses::mean(sums, beta * charged, count), active)))
}
