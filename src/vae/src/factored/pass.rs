//! Forward and backward passes of the whole network.
//!
//! Hand-written, because autodiff would spend more time on bookkeeping and elementwise passes than all
//! matrix products take.

use super::blocks::{Block, LayerGradient, affine_gradient};
use crate::architecture::{FactoredSizes, NetworkSizes};
use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::dense::Dense;
use crate::factored_backend::{Logits, MixtureShape, Normalized, base_rate_shares};
use crate::host::{to_device, to_host};
use crate::mean_norm::{normalize_means, normalize_means_gradient};
use crate::network::{Frozen, Network, clamp_log_std};
use crate::objective::{Gradients, Objective, Sums, kl_divergence};
use crate::samples::Rows;
use crate::settings::SongWeight;
use crate::step_rng::{MaskTensors, RandomInputs, masked};
use burn::tensor::{Tensor, backend::Backend};

/// Returns `measure_hidden`, `measure_code`, `song_hidden`, `song_residual`, `mean` and `log_deviation` of the
/// encoder.
fn encoder_layers<B: Backend>(network: &Network<B>) -> &[Dense<B>; 6] {
    network.layers.first_chunk().expect("a factored network has fifteen layers")
}

/// Returns `song_hidden`, `song_residual`, `rhythms`, `pitch_profiles`, `core`, `core_code`, `core_hidden`,
/// `measure_core` and `onsets` of the decoder.
fn decoder_layers<B: Backend>(network: &Network<B>) -> &[Dense<B>; 9] {
    network.layers.last_chunk().expect("a factored network has fifteen layers")
}

/// Values that the encoder's backward pass needs.
struct Encoded<B: TrainBackend> {
    sums: Normalized<B>,
    hidden: Tensor<B, 2>,
    codes: Normalized<B>,
    song: Block<B>,
    mean: Tensor<B, 2>,
    /// Not clamped.
    log_std: Tensor<B, 2>,
}

impl<B: TrainBackend> Encoded<B> {
    fn forward(network: &Network<B>, rows: &Rows) -> Self {
        let [measure_hidden, measure_code, song_hidden, residual, mean, log_std] =
            encoder_layers(network);
        let sums = B::normalize(B::bag(measure_hidden, rows));
        let hidden = B::activate(&sums.values);
        let codes = B::affine(&hidden, measure_code);
        let [measures, width] = codes.dims();
        let per_song = network.architecture.geometry.measures();
        let codes = B::normalize(codes.reshape([measures / per_song, per_song * width]));
        let song = Block::forward(B::affine(&codes.values, song_hidden), residual);
        let mut mean = B::affine(&song.output.values, mean);
        if let Some(Frozen { components: Some(components), .. }) = &network.frozen {
            mean = mean + B::bag(components, &rows.songs(network.architecture.geometry));
        }
        let log_std = B::affine(&song.output.values, log_std);
        Encoded { sums, hidden, codes, song, mean, log_std }
    }

    /// Returns the gradients of the encoder's layers from those of mean and log standard deviation.
    fn backward(
        &self,
        network: &Network<B>,
        rows: &Rows,
        mean_gradient: Tensor<B, 2>,
        log_std_gradient: Tensor<B, 2>,
    ) -> Vec<Dense<B>> {
        let [measure_hidden, measure_code, song_hidden, residual, mean, log_std] =
            encoder_layers(network);
        let output = &self.song.output.values;
        let (from_mean, of_mean) = affine_gradient(output, mean, mean_gradient);
        let (from_log_std, of_log_std) = affine_gradient(output, log_std, log_std_gradient);
        let (before, of_residual) = self.song.backward(residual, from_mean + from_log_std);
        let (codes, of_song) = affine_gradient(&self.codes.values, song_hidden, before);
        let codes = B::normalize_gradient(&self.codes, codes);
        let ([measures, _], [_, width]) = (self.hidden.dims(), measure_code.weight.dims());
        let codes = codes.reshape([measures, width]);
        let (hidden, of_code) = affine_gradient(&self.hidden, measure_code, codes);
        let hidden = B::activate_gradient(&self.sums.values, hidden);
        let sums = B::normalize_gradient(&self.sums, hidden);
        let [cells, _] = measure_hidden.weight.dims();
        let others = [of_code, of_song, of_residual, of_mean, of_log_std];
        let first = B::bag_gradient(sums, rows, cells);
        std::iter::once(first).chain(others.map(LayerGradient::compute)).collect()
    }
}

/// Values that the decoder's backward pass needs.
struct Decoded<'a, B: TrainBackend> {
    network: &'a Network<B>,
    masks: Option<MaskTensors<B>>,
    latent: Tensor<B, 2>,
    song: Block<B>,
    /// The song's hidden units after dropout.
    hidden: Tensor<B, 2>,
    codes: Normalized<B>,
    before: Tensor<B, 2>,
    /// The measures' hidden units after dropout.
    measures: Tensor<B, 2>,
}

impl<'a, B: TrainBackend> Decoded<'a, B> {
    fn forward(
        network: &'a Network<B>,
        latent: Tensor<B, 2>,
        masks: Option<MaskTensors<B>>,
    ) -> (Self, Logits<B>) {
        let [song_hidden, residual, rhythms, pitch_profiles, core, by_measure @ ..] =
            decoder_layers(network);
        let [core_code, core_hidden, measure_core, onsets] = by_measure;
        let song = Block::forward(B::affine(&latent, song_hidden), residual);
        let hidden = masked(song.output.values.clone(), &masks, 0);
        let codes = B::affine(&hidden, core_code);
        let [songs, width] = codes.dims();
        let per_song = network.architecture.geometry.measures();
        let codes = B::normalize(codes.reshape([songs * per_song, width / per_song]));
        let before = B::affine(&codes.values, core_hidden);
        let measures = masked(B::activate(&before), &masks, 1);
        let logits = Logits {
            rhythms: B::affine(&hidden, rhythms),
            pitch_profiles: B::affine(&hidden, pitch_profiles),
            core: B::affine(&hidden, core),
            measure_core: B::affine(&measures, measure_core),
            onsets: B::affine(&hidden, onsets),
        };
        (Decoded { network, masks, latent, song, hidden, codes, before, measures }, logits)
    }

    /// Returns the gradients of the latent vectors and of the decoder's layers from those of its logits.
    fn backward(&self, logits: Logits<B>) -> (Tensor<B, 2>, Vec<LayerGradient<B>>) {
        let [song_hidden, residual, rhythms, pitch_profiles, core, by_measure @ ..] =
            decoder_layers(self.network);
        let [core_code, core_hidden, measure_core, onsets] = by_measure;
        let (measures, of_measure_core) =
            affine_gradient(&self.measures, measure_core, logits.measure_core);
        let before = B::activate_gradient(&self.before, masked(measures, &self.masks, 1));
        let (codes, of_core_hidden) = affine_gradient(&self.codes.values, core_hidden, before);
        let codes = B::normalize_gradient(&self.codes, codes);
        let ([songs, _], [_, width]) = (self.hidden.dims(), core_code.weight.dims());
        let from = |layer, gradient| affine_gradient(&self.hidden, layer, gradient);
        let (hidden, of_core_code) = from(core_code, codes.reshape([songs, width]));
        let (from_rhythms, of_rhythms) = from(rhythms, logits.rhythms);
        let (from_profiles, of_profiles) = from(pitch_profiles, logits.pitch_profiles);
        let (from_core, of_core) = from(core, logits.core);
        let (from_onsets, of_onsets) = from(onsets, logits.onsets);
        let hidden = hidden + from_rhythms + from_profiles + from_core + from_onsets;
        let (before, of_residual) = self.song.backward(residual, masked(hidden, &self.masks, 0));
        let (latent, of_song) = affine_gradient(&self.latent, song_hidden, before);
        let song = [of_song, of_residual, of_rhythms, of_profiles, of_core];
        let measures = [of_core_code, of_core_hidden, of_measure_core, of_onsets];
        (latent, song.into_iter().chain(measures).collect())
    }
}

/// Returns mean and unclamped log standard deviation.
pub(crate) fn encode<B: TrainBackend>(
    network: &Network<B>,
    rows: &Rows,
) -> (Tensor<B, 2>, Tensor<B, 2>) {
    let Encoded { mean, log_std, .. } = Encoded::forward(network, rows);
    (mean, log_std)
}

/// See [`Network::losses`].
pub(crate) fn losses<B: TrainBackend>(
    network: &Network<B>,
    latent: Tensor<B, 2>,
    rows: &Rows,
    weights: &[f32],
) -> [f64; 2] {
    let (_, logits) = Decoded::forward(network, latent, None);
    let (base, shape) = mixture(network);
    let (losses, _) = B::mixture(logits, &base, rows, weights, shape);
    sums(&losses, weights)
}

/// See [`Network::probabilities`].
pub(crate) fn probabilities<B: TrainBackend>(
    network: &Network<B>,
    latent: Tensor<B, 2>,
) -> Vec<f32> {
    let (_, logits) = Decoded::forward(network, latent, None);
    let (base, shape) = mixture(network);
    B::mixture_probabilities(logits, &base, shape)
}

/// See [`Network::latent_gradient`].
pub(crate) fn latent_gradient<B: TrainBackend>(
    network: &Network<B>,
    latent: Tensor<B, 2>,
    rows: &Rows,
) -> Tensor<B, 2> {
    let [songs, _] = latent.dims();
    let (decoded, logits) = Decoded::forward(network, latent, None);
    let (base, shape) = mixture(network);
    let (_, logits) = B::mixture(logits, &base, rows, &vec![1.0; songs], shape);
    decoded.backward(logits).0
}

/// Returns the part of each cell's probability that comes from its base rate, and the sizes.
fn mixture<B: Backend>(network: &Network<B>) -> (Vec<f32>, MixtureShape) {
    match (&network.frozen, &network.architecture.network) {
        (Some(Frozen { base, .. }), &NetworkSizes::Factored(sizes)) => {
            let FactoredSizes { rhythms, pitch_profiles: profiles, .. } = sizes;
            let size = network.architecture.geometry;
            (base_rate_shares(base, size.measures()), MixtureShape { size, rhythms, profiles })
        }
        _ => unreachable!("a factored network has base rates"),
    }
}

/// Returns the sum and the weighted sum.
fn sums(values: &[f64], weights: &[f32]) -> [f64; 2] {
    let weighted = values.iter().zip(weights).map(|(value, &weight)| f64::from(weight) * value);
    [values.iter().sum(), weighted.sum()]
}

/// Returns losses and gradients of the samples in `batch`.
pub(crate) fn gradients<B: TrainBackend>(
    network: &Network<B>,
    batch: &Batch,
    RandomInputs { noise, masks }: RandomInputs,
    objective: Objective<'_>,
) -> (Gradients<B>, Sums) {
    let (inputs, targets) = (batch.inputs(), &batch.targets);
    let Objective { song_weight, beta, scale, kl_weights, mean_norm, .. } = objective;
    let weights = network.song_weights(targets, song_weight);
    let device = network.first().weight.device();
    let songs = weights.len();
    let tensor = |values: Vec<f32>, rows: usize| {
        let width = values.len() / rows;
        to_device::<B, 2>(values, [rows, width], &device)
    };

    let encoded = Encoded::forward(network, inputs);
    let log_stds = clamp_log_std(encoded.log_std.clone());
    let stds = log_stds.clone().exp();
    let noise = tensor(noise, songs) * stds.clone();
    let masks = masks.map(|masks| masks.on_device([songs, targets.len()], &device));
    let (means, normalization) = normalize_means(encoded.mean.clone(), mean_norm);
    let latent = noise.clone() + means.clone();
    let (decoded, logits) = Decoded::forward(network, latent, masks);
    let (base, shape) = mixture(network);
    let factors: Vec<f32> = weights.iter().map(|&weight| weight * scale as f32).collect();
    let (losses, logits) = B::mixture(logits, &base, targets, &factors, shape);
    let (latent, decoder) = decoded.backward(logits);

    // beta times the weight of the song and that of the dimension.
    let beta_weights = factors.iter().map(|&factor| factor * beta as f32).collect();
    let beta_weights = tensor(beta_weights, songs);
    let beta_weights = match kl_weights {
        Some(kl_weights) => beta_weights.matmul(tensor(kl_weights.to_vec(), 1)),
        None => beta_weights.expand(latent.dims()),
    };
    let mean = beta_weights.clone() * means.clone() + latent.clone();
    let mean = normalize_means_gradient(normalization.as_ref(), mean);
    let log_std = beta_weights * (stds.clone() * stds - 1.0) + noise * latent;
    let mut layers = encoded.backward(network, inputs, mean, log_std);
    layers.extend(decoder.into_iter().map(LayerGradient::compute));

    let (means, log_stds) = (to_host(means), to_host(log_stds));
    let width = means.len() / songs;
    let kls = means.chunks_exact(width).zip(log_stds.chunks_exact(width));
    let kls: Vec<f64> = kls.map(|(mean, log_std)| kl_divergence(mean, log_std)).collect();
    let [reconstruction, weighted] = sums(&losses, &weights);
    let [kl, weighted_kl] = sums(&kls, &weights);
    (Gradients { layers }, Sums { reconstruction, kl, weighted, weighted_kl })
}

impl<B: TrainBackend> Network<B> {
    /// Returns the weight of each song in the loss.
    pub(crate) fn song_weights(&self, rows: &Rows, weight: SongWeight) -> Vec<f32> {
        let measures = self.architecture.geometry.measures();
        let songs = rows.len() / measures;
        match (weight, &self.frozen) {
            (SongWeight::Equal, Some(Frozen { base, .. })) => {
                let rates = to_host(base.clone());
                let mean = rates.iter().sum::<f32>() * measures as f32;
                let onsets = |song: usize| -> usize {
                    (song * measures..(song + 1) * measures).map(|row| rows.row(row).len()).sum()
                };
                (0..songs).map(|song| mean / onsets(song).max(1) as f32).collect()
            }
            _ => vec![1.0; songs],
        }
    }
}
