//! Forward and backward passes of the whole network.
//!
//! Written by hand, because autodiff would spend more on bookkeeping and on elementwise passes than all
//! matrix products take.

use super::backend::{Logits, MixtureShape, Normalized};
use super::blocks::{Block, LayerGradient, affine_gradient};
use crate::architecture::NetworkSizes;
use crate::backend::{TrainBackend, to_host};
use crate::batch::Batch;
use crate::gradient::{Gradients, Objective, Sums, back, divergence_of_one, normalized};
use crate::network::{Dense, Frozen, Network, clamp_log_std};
use crate::samples::Rows;
use crate::settings::SongWeight;
use crate::step_rng::{Masks, RandomInputs};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// The layers by their names.
struct Layers<'a, B: Backend> {
    measure_hidden: &'a Dense<B>,
    measure_code: &'a Dense<B>,
    encoder_song: &'a Dense<B>,
    encoder_residual: &'a Dense<B>,
    mean: &'a Dense<B>,
    log_std: &'a Dense<B>,
    decoder_song: &'a Dense<B>,
    decoder_residual: &'a Dense<B>,
    rhythms: &'a Dense<B>,
    pitch_profiles: &'a Dense<B>,
    core: &'a Dense<B>,
    core_code: &'a Dense<B>,
    core_hidden: &'a Dense<B>,
    measure_core: &'a Dense<B>,
    onsets: &'a Dense<B>,
}

impl<'a, B: Backend> Layers<'a, B> {
    fn of(network: &'a Network<B>) -> Self {
        let mut layers = network.layers.iter();
        // Fields are evaluated in the order in which they stand here, that of the architecture.
        let mut next = || layers.next().expect("a factored network has fifteen layers");
        Layers {
            measure_hidden: next(),
            measure_code: next(),
            encoder_song: next(),
            encoder_residual: next(),
            mean: next(),
            log_std: next(),
            decoder_song: next(),
            decoder_residual: next(),
            rhythms: next(),
            pitch_profiles: next(),
            core: next(),
            core_code: next(),
            core_hidden: next(),
            measure_core: next(),
            onsets: next(),
        }
    }
}

/// What the encoder's backward pass needs.
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
        let layers = Layers::of(network);
        let Dense { weight, bias } = layers.measure_hidden;
        let sums = B::normalize(B::bag(weight, bias, rows));
        let hidden = B::activate(&sums.values);
        let codes = B::affine(&hidden, layers.measure_code);
        let [measures, width] = codes.dims();
        let per_song = network.architecture.geometry.measures();
        let codes = B::normalize(codes.reshape([measures / per_song, per_song * width]));
        let before = B::affine(&codes.values, layers.encoder_song);
        let song = Block::forward(before, layers.encoder_residual);
        let mut mean = B::affine(&song.output.values, layers.mean);
        if let Some(Frozen { components: Some(Dense { weight, bias }), .. }) = &network.frozen {
            let songs = rows.songs(network.architecture.geometry);
            mean = mean + B::bag(weight, bias, &songs);
        }
        let log_std = B::affine(&song.output.values, layers.log_std);
        Encoded { sums, hidden, codes, song, mean, log_std }
    }

    /// Gradients of the encoder's layers from those of mean and log deviation.
    fn backward(
        &self,
        network: &Network<B>,
        rows: &Rows,
        mean: Tensor<B, 2>,
        log_std: Tensor<B, 2>,
    ) -> Vec<Dense<B>> {
        let layers = Layers::of(network);
        let output = &self.song.output.values;
        let (of_mean, mean) = affine_gradient(output, layers.mean, mean);
        let (of_deviation, log_std) = affine_gradient(output, layers.log_std, log_std);
        let (before, residual) =
            self.song.backward(layers.encoder_residual, of_mean + of_deviation);
        let (codes, song) = affine_gradient(&self.codes.values, layers.encoder_song, before);
        let codes = B::normalize_gradient(&self.codes, codes);
        let ([measures, _], [_, width]) = (self.hidden.dims(), layers.measure_code.weight.dims());
        let codes = codes.reshape([measures, width]);
        let (hidden, code) = affine_gradient(&self.hidden, layers.measure_code, codes);
        let hidden = B::activate_gradient(&self.sums.values, hidden);
        let sums = B::normalize_gradient(&self.sums, hidden);
        let [cells, _] = layers.measure_hidden.weight.dims();
        let (weight, bias) = B::bag_gradient(sums, rows, cells);
        let others = [code, song, residual, mean, log_std].map(LayerGradient::compute);
        std::iter::once(Dense { weight, bias }).chain(others).collect()
    }
}

/// What the decoder's backward pass needs.
struct Decoded<B: TrainBackend> {
    latent: Tensor<B, 2>,
    song: Block<B>,
    /// The song's hidden units after dropout.
    hidden: Tensor<B, 2>,
    codes: Normalized<B>,
    before: Tensor<B, 2>,
    /// The measures' hidden units after dropout.
    measures: Tensor<B, 2>,
}

/// Factors of the hidden units of songs and of measures.
type MaskTensors<B> = [Tensor<B, 2>; 2];

fn masked<B: Backend>(units: Tensor<B, 2>, mask: Option<&Tensor<B, 2>>) -> Tensor<B, 2> {
    match mask {
        Some(mask) => units * mask.clone(),
        None => units,
    }
}

impl<B: TrainBackend> Decoded<B> {
    fn forward(
        network: &Network<B>,
        latent: Tensor<B, 2>,
        masks: Option<&MaskTensors<B>>,
    ) -> (Self, Logits<B>) {
        let layers = Layers::of(network);
        let [of_songs, of_measures] = [0, 1].map(|which| masks.map(|masks| &masks[which]));
        let before = B::affine(&latent, layers.decoder_song);
        let song = Block::forward(before, layers.decoder_residual);
        let hidden = masked(song.output.values.clone(), of_songs);
        let codes = B::affine(&hidden, layers.core_code);
        let [songs, width] = codes.dims();
        let per_song = network.architecture.geometry.measures();
        let codes = B::normalize(codes.reshape([songs * per_song, width / per_song]));
        let before = B::affine(&codes.values, layers.core_hidden);
        let measures = masked(B::activate(&before), of_measures);
        let logits = Logits {
            rhythms: B::affine(&hidden, layers.rhythms),
            pitch_profiles: B::affine(&hidden, layers.pitch_profiles),
            core: B::affine(&hidden, layers.core),
            measure_core: B::affine(&measures, layers.measure_core),
            onsets: B::affine(&hidden, layers.onsets),
        };
        (Decoded { latent, song, hidden, codes, before, measures }, logits)
    }

    /// Gradients of the latent vectors and of the decoder's layers from those of its logits.
    fn backward(
        &self,
        network: &Network<B>,
        logits: Logits<B>,
        masks: Option<&MaskTensors<B>>,
    ) -> (Tensor<B, 2>, Vec<LayerGradient<B>>) {
        let layers = Layers::of(network);
        let [of_songs, of_measures] = [0, 1].map(|which| masks.map(|masks| &masks[which]));
        let (measures, measure_core) =
            affine_gradient(&self.measures, layers.measure_core, logits.measure_core);
        let before = B::activate_gradient(&self.before, masked(measures, of_measures));
        let (codes, core_hidden) = affine_gradient(&self.codes.values, layers.core_hidden, before);
        let codes = B::normalize_gradient(&self.codes, codes);
        let ([songs, _], [_, width]) = (self.hidden.dims(), layers.core_code.weight.dims());
        let from = |layer, gradient| affine_gradient(&self.hidden, layer, gradient);
        let (hidden, core_code) = from(layers.core_code, codes.reshape([songs, width]));
        let (of_rhythms, rhythms) = from(layers.rhythms, logits.rhythms);
        let (of_profiles, pitch_profiles) = from(layers.pitch_profiles, logits.pitch_profiles);
        let (of_core, core) = from(layers.core, logits.core);
        let (of_onsets, onsets) = from(layers.onsets, logits.onsets);
        let hidden = hidden + of_rhythms + of_profiles + of_core + of_onsets;
        let (before, residual) =
            self.song.backward(layers.decoder_residual, masked(hidden, of_songs));
        let (latent, song) = affine_gradient(&self.latent, layers.decoder_song, before);
        let heads = [rhythms, pitch_profiles, core, core_code, core_hidden, measure_core, onsets];
        (latent, [song, residual].into_iter().chain(heads).collect())
    }
}

/// Mean and log deviation, not clamped.
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
    let (losses, _) = B::mixture(logits, base, rows, weights, shape);
    summed(&losses, weights)
}

/// See [`Network::probabilities`].
pub(crate) fn probabilities<B: TrainBackend>(
    network: &Network<B>,
    latent: Tensor<B, 2>,
) -> Vec<f32> {
    let (_, logits) = Decoded::forward(network, latent, None);
    let (base, shape) = mixture(network);
    B::mixture_probabilities(logits, base, shape)
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
    let (_, logits) = B::mixture(logits, base, rows, &vec![1.0; songs], shape);
    decoded.backward(network, logits, None).0
}

fn mixture<B: Backend>(network: &Network<B>) -> (&Tensor<B, 1>, MixtureShape) {
    match (&network.frozen, &network.architecture.network) {
        (Some(Frozen { base, .. }), NetworkSizes::Factored(sizes)) => {
            (base, MixtureShape::new(&network.architecture, sizes))
        }
        _ => unreachable!("a factored network has base rates"),
    }
}

/// The sum of values as they are, and times their weights.
fn summed(values: &[f64], weights: &[f32]) -> [f64; 2] {
    let weighted = values.iter().zip(weights).map(|(value, &weight)| f64::from(weight) * value);
    [values.iter().sum(), weighted.sum()]
}

/// Losses and gradients of the samples in `batch`, with what was drawn for them.
pub(crate) fn gradients<B: TrainBackend>(
    network: &Network<B>,
    batch: &Batch,
    RandomInputs { noise, masks }: RandomInputs,
    objective: Objective<'_>,
) -> (Gradients<B>, Sums) {
    let (inputs, targets) = (batch.inputs(), &batch.targets);
    let Objective { song_weight, beta, scale, charged, mean_norm, .. } = objective;
    let weights = network.song_weights(targets, song_weight);
    let device = network.first().weight.device();
    let songs = weights.len();
    let tensor = |values: Vec<f32>, rows: usize| {
        let width = values.len() / rows;
        Tensor::<B, 2>::from_data(TensorData::new(values, [rows, width]), &device)
    };

    let encoded = Encoded::forward(network, inputs);
    let log_stds = clamp_log_std(encoded.log_std.clone());
    let deviations = log_stds.clone().exp();
    let noise = tensor(noise, songs) * deviations.clone();
    let masks =
        masks.map(|Masks { song, measure }| [tensor(song, songs), tensor(measure, targets.len())]);
    let (means, normalization) = normalized(encoded.mean.clone(), mean_norm);
    let latent = noise.clone() + means.clone();
    let (decoded, logits) = Decoded::forward(network, latent, masks.as_ref());
    let (base, shape) = mixture(network);
    let factors: Vec<f32> = weights.iter().map(|&weight| weight * scale as f32).collect();
    let (losses, logits) = B::mixture(logits, base, targets, &factors, shape);
    let (latent, decoder) = decoded.backward(network, logits, masks.as_ref());

    // beta times the weight of the song and what its dimension is charged.
    let pull = factors.iter().map(|&factor| factor * beta as f32).collect();
    let pull = tensor(pull, songs);
    let pull = match charged {
        Some(charged) => pull.matmul(tensor(charged.to_vec(), 1)),
        None => pull.expand(latent.dims()),
    };
    let mean = back(&normalization, pull.clone() * means.clone() + latent.clone());
    let deviation = pull * (deviations.clone() * deviations - 1.0) + noise * latent;
    let mut layers = encoded.backward(network, inputs, mean, deviation);
    layers.extend(decoder.into_iter().map(LayerGradient::compute));

    let [reconstruction, weighted] = summed(&losses, &weights);
    let divergences = divergences(&to_host(means), &to_host(log_stds), songs);
    let [kl, weighted_kl] = summed(&divergences, &weights);
    (Gradients { layers }, Sums { reconstruction, kl, weighted, weighted_kl })
}

/// The divergence of each song.
fn divergences(mean: &[f32], log_std: &[f32], songs: usize) -> Vec<f64> {
    let width = mean.len() / songs;
    let of = |(mean, log_std): (&[f32], &[f32])| {
        let dimensions = mean.iter().zip(log_std);
        dimensions.map(|(&mean, &deviation)| divergence_of_one(mean, deviation)).sum()
    };
    mean.chunks_exact(width).zip(log_std.chunks_exact(width)).map(of).collect()
}

impl<B: TrainBackend> Network<B> {
    /// What each song weighs in the loss.
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
