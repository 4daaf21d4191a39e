//! Losses of held-out samples.

use crate::backend::TrainBackend;
use crate::host::{to_device, to_host};
use crate::network::Network;
use crate::objective::{Sums, kl_divergence};
use crate::observer::Losses;
use crate::rng::{self, Purpose};
use crate::samples::{Rows, SampleError, Samples};
use crate::settings::{Settings, SongWeight};

/// A latent dimension is active if the variance of its posterior mean is larger (Burda et al. 2015).
const ACTIVE_VARIANCE: f64 = 0.01;

/// Returns mean losses and the number of active latent dimensions over all samples; `None` without
/// samples. A sample's noise is the same in every epoch, so that epochs are comparable.
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
    let mut kl_sums = crate::free_bits::DimensionSums::new(latent);
    let mut moments = crate::moments::DimensionMoments::new(latent);
    let chunk = crate::model::micro_batch(architecture);
    for start in (0..count).step_by(chunk) {
        let songs = start..(start + chunk).min(count);
        let rows = Rows::read(samples, songs.clone(), architecture.geometry)?;
        let (mean, log_std) = network.encode(&rows);
        let noise = songs.clone().flat_map(|song| {
            let mut random = rng::stream(settings.seed, Purpose::ValidationNoise, song as u64);
            rng::normal(&mut random, latent)
        });
        let noise = to_device::<B, 2>(noise.collect(), [songs.len(), latent], &device);
        let z = noise * log_std.clone().exp() + mean.clone();
        let weights = network.song_weights(&rows, settings.song_weight);
        let [plain, weighted] = network.losses(z, &rows, settings.reconstruction, &weights);
        sums.reconstruction += plain;
        sums.weighted += weighted;
        let (mean, log_std) = (to_host(mean), to_host(log_std));
        sums.kl += kl_divergence(&mean, &log_std);
        kl_sums.add(&mean, &log_std, &weights);
        moments.add(&mean);
    }
    let count = count as f64;
    let is_active = |(_, variance): &(f64, f64)| *variance > ACTIVE_VARIANCE;
    let active = moments.means_and_variances().filter(is_active).count();
    let kl = match (settings.options.free_bits, settings.song_weight) {
        (0.0, SongWeight::Onsets) => sums.kl,
        (free_bits, _) => kl_sums.kl_with_free_bits(free_bits) * count,
    };
    Ok(Some((Losses::mean(sums, beta * kl, count), active)))
}
