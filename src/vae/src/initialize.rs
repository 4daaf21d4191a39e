//! Start of a training: weights, output bias at the data's rates, principal components.

use crate::architecture::{Architecture, NetworkSizes};
use crate::backend::TrainBackend;
use crate::checkpoint::{Checkpoint, Progress};
use crate::factored::BASE_RATE_MARGIN;
use crate::network::Network;
use crate::observer::Observer;
use crate::pca::{Pca, PcaError, PcaSettings};
use crate::samples::{Rows, SampleError, Samples};
use crate::settings::{OutputBias, Reconstruction, Settings};
use crate::train_error::TrainError;
use partita_music::roll::RollSize;

/// Returns the state before the first step.
pub(crate) fn initial_checkpoint<B: TrainBackend>(
    settings: &Settings,
    train: &dyn Samples,
    observer: &mut dyn Observer,
    device: &B::Device,
) -> Result<Checkpoint<B>, TrainError> {
    let network = initial_network(settings, train, observer, device)?;
    let zeros = || Network::zeros(&settings.architecture, device);
    Ok(Checkpoint {
        average: (settings.options.ema > 0.0).then(|| network.clone()),
        network,
        moments: [zeros(), zeros()],
        progress: Progress { epoch: 1, ..Progress::default() },
    })
}

/// Creates the untrained network.
fn initial_network<B: TrainBackend>(
    settings: &Settings,
    train: &dyn Samples,
    observer: &mut dyn Observer,
    device: &B::Device,
) -> Result<Network<B>, TrainError> {
    let (architecture, seed) = (&settings.architecture, settings.seed);
    let bias = match (settings.output_bias, settings.reconstruction) {
        (OutputBias::Zero, _) | (OutputBias::Auto, Reconstruction::Mse) => {
            vec![0.0; architecture.geometry.cells_per_measure()]
        }
        (_, Reconstruction::Mse | Reconstruction::Bce) => {
            let logit = |rate: f64| {
                let rate = rate.clamp(BASE_RATE_MARGIN, 1.0 - BASE_RATE_MARGIN);
                (rate / (1.0 - rate)).ln() as f32
            };
            rates(train, architecture.geometry)?.into_iter().map(logit).collect()
        }
        (_, Reconstruction::Poisson) => {
            let rates = rates(train, architecture.geometry)?;
            let components = components(settings, train, observer)?;
            return Ok(Network::initial_factored(architecture, seed, &rates, components, device));
        }
    };
    Ok(Network::initial_thesis(architecture, seed, bias, device))
}

/// Returns weight and bias of the encoder to principal components of the training samples; `None` if the
/// network does not start from them.
fn components(
    settings: &Settings,
    train: &dyn Samples,
    observer: &mut dyn Observer,
) -> Result<Option<crate::dense::Parameters>, TrainError> {
    let Architecture { geometry, latent, network } = settings.architecture;
    if !matches!(network, NetworkSizes::Factored(sizes) if sizes.principal_components) {
        return Ok(None);
    }
    let wanted = PcaSettings { geometry, components: latent, seed: settings.seed };
    match Pca::fit(train, &wanted, &mut |done, total| observer.pca_progress(done, total)) {
        Ok(found) => Ok(Some(found.whitened_encoder(latent))),
        Err(PcaError::Sample(error)) => Err(error.into()),
        Err(PcaError::Stopped | PcaError::Code { .. }) => Err(TrainError::Stopped),
    }
}

/// Returns the rate at which each cell of a measure is an onset.
fn rates(train: &dyn Samples, geometry: RollSize) -> Result<Vec<f64>, SampleError> {
    let mut counts = vec![0u64; geometry.cells_per_measure()];
    for index in 0..train.len() {
        for &cell in &Rows::read(train, [index], geometry)?.cells {
            counts[cell as usize] += 1;
        }
    }
    let measures = (train.len() * geometry.measures()) as f64;
    Ok(counts.into_iter().map(|count| count as f64 / measures).collect())
}

/// Creates the network before the first step.
#[cfg(test)]
pub(crate) fn untrained<B: TrainBackend>(settings: &Settings, train: &dyn Samples) -> Network<B> {
    let (mut observer, device) = (crate::testing::Recorder::default(), B::Device::default());
    initial_network(settings, train, &mut observer, &device).unwrap()
}
