//! The factored network against plain autodiff over all cells.

use crate::architecture::{FactoredSizes, NetworkSizes};
use crate::batch::Batch;
use crate::dense::Dense;
use crate::factored::gradients;
use crate::factored_backend::BASE_RATE_SHARE;
use crate::free_bits::FreeBitsKl;
use crate::host::to_host;
use crate::model::Model;
use crate::network::Network;
use crate::objective::{Gradients, Objective, Sums};
use crate::rng::{self, Purpose};
use crate::samples::Rows;
use crate::settings::{Reconstruction, SongWeight};
use crate::step_rng::{Masks, RandomInputs, StepRng};
use crate::testing::{FACTORED, Folder, Recorder, both, factored_settings, memory_samples};
use crate::{Control, Pca, PcaSettings, train};
use burn::backend::flex::FlexDevice;
use burn::backend::{Autodiff, Flex};
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::module::linear;
use burn::tensor::{Tensor, TensorData};

type Oracle = Autodiff<Flex>;
type Matrix = Tensor<Oracle, 2>;

const SONGS: usize = 6;

fn sizes() -> FactoredSizes {
    match FACTORED.network {
        NetworkSizes::Factored(sizes) => sizes,
        NetworkSizes::Thesis(_) => unreachable!(),
    }
}

fn network() -> Network<Flex> {
    let rates: Vec<f64> = (0..FACTORED.geometry.cells_per_measure())
        .map(|cell| 0.02 + 0.1 / (1.0 + cell as f64))
        .collect();
    Network::initial_factored(&FACTORED, 3, &rates, None, &FlexDevice)
}

fn rows(songs: usize) -> Rows {
    let mut samples = memory_samples(songs, 5);
    samples.0[1].truncate(3);
    Rows::read(&samples, 0..songs, FACTORED.geometry).unwrap()
}

fn noise_inputs(songs: usize) -> RandomInputs {
    let mut random = rng::stream(1, Purpose::TrainingNoise, 0);
    RandomInputs { noise: rng::normal(&mut random, songs * FACTORED.latent), masks: None }
}

fn objective(song_weight: SongWeight) -> Objective<'static> {
    let reconstruction = Reconstruction::Poisson;
    let scale = 1.0 / SONGS as f64;
    Objective { reconstruction, song_weight, beta: 0.7, scale, mean_norm: 0.0, kl_weights: None }
}

fn normalized(x: Matrix) -> Matrix {
    let x = x.clone() - x.mean_dim(1);
    x.clone() / (x.powi_scalar(2).mean_dim(1) + 1e-5).sqrt()
}

fn gelu(x: Matrix) -> Matrix {
    let inner = x.clone() + x.clone().powi_scalar(3) * 0.044715;
    x * sigmoid(inner * (2.0 * (2.0 / std::f64::consts::PI).sqrt()))
}

fn constant(values: Vec<f32>, rows: usize) -> Matrix {
    let width = values.len() / rows;
    Tensor::from_data(TensorData::new(values, [rows, width]), &FlexDevice)
}

/// Returns the onsets of all songs, `[songs * measures, cells]`.
fn dense(rows: &Rows) -> Vec<f32> {
    let cells = FACTORED.geometry.cells_per_measure();
    let mut values = vec![0f32; rows.len() * cells];
    for row in 0..rows.len() {
        rows.row(row).iter().for_each(|&cell| values[row * cells + cell as usize] = 1.0);
    }
    values
}

/// Returns the distribution over all cells `[songs, measures, steps, pitches]` and the log of the expected
/// onsets `[songs, 1]`, by plain tensor operations over all cells.
fn decoded(
    network: &[Dense<Oracle>],
    base: &[f32],
    z: Matrix,
    masks: Option<Masks>,
) -> (Tensor<Oracle, 4>, Matrix) {
    let (geometry, sizes) = (FACTORED.geometry, sizes());
    let layer = |at: usize, x: Matrix| {
        linear(x, network[at].weight.clone(), Some(network[at].bias.clone()))
    };
    let [songs, _] = z.dims();
    let h = gelu(layer(6, z));
    let mut h = normalized(h.clone() + gelu(layer(7, normalized(h))));
    if let Some(masks) = &masks {
        h = h * constant(masks.song.clone(), songs);
    }
    let v = layer(11, h.clone()).reshape([songs * geometry.measures(), sizes.core_code]);
    let mut a = gelu(layer(12, normalized(v)));
    if let Some(masks) = masks {
        a = a * constant(masks.measure, songs * geometry.measures());
    }
    let (j, k) = (sizes.pitch_profiles, sizes.rhythms);
    // [songs, steps, rhythms] and [songs, pitches, profiles].
    let t = softmax(layer(8, h.clone()).reshape([songs, geometry.steps(), k]), 1);
    let q = softmax(layer(9, h.clone()).reshape([songs, geometry.pitches(), j]), 1);
    let of_measures = layer(13, a).reshape([songs, geometry.measures(), j * k]);
    let of_songs = layer(10, h.clone()).reshape([songs, 1, j * k]);
    let core = softmax((of_measures + of_songs).reshape([songs, geometry.measures() * j * k]), 1);
    let core = core.reshape([songs, geometry.measures(), j, k]);
    let q = q.reshape([songs, 1, geometry.pitches(), j]);
    let t = t.reshape([songs, 1, geometry.steps(), k]);
    let p = t.matmul(q.matmul(core).swap_dims(2, 3));
    let sum: f32 = base.iter().sum();
    let shares = base
        .iter()
        .map(|rate| BASE_RATE_SHARE * rate / (sum * geometry.measures() as f32))
        .collect();
    let shares = constant(shares, 1).reshape([1, 1, geometry.steps(), geometry.pitches()]);
    (p * (1.0 - BASE_RATE_SHARE) + shares, layer(14, h))
}

fn leaves(network: &Network<Flex>) -> Vec<Dense<Oracle>> {
    let leaf = |Dense { weight, bias }: &Dense<Flex>| Dense {
        weight: Tensor::from_inner(weight.clone()).require_grad(),
        bias: Tensor::from_inner(bias.clone()).require_grad(),
    };
    network.layers.iter().map(leaf).collect()
}

/// Returns loss sums and gradients of the whole network by autodiff over all cells.
fn oracle(
    network: &Network<Flex>,
    rows: &Rows,
    RandomInputs { noise, masks }: RandomInputs,
    objective: Objective<'_>,
) -> (Vec<[Vec<f32>; 2]>, Sums) {
    let (geometry, sizes) = (FACTORED.geometry, sizes());
    let songs = rows.len() / geometry.measures();
    let layers = leaves(network);
    let layer =
        |at: usize, x: Matrix| linear(x, layers[at].weight.clone(), Some(layers[at].bias.clone()));
    let x = constant(dense(rows), rows.len());
    let u = layer(1, gelu(normalized(layer(0, x.clone()))));
    let s = u.reshape([songs, geometry.measures() * sizes.measure_code]);
    let s = gelu(layer(2, normalized(s)));
    let s = normalized(s.clone() + gelu(layer(3, normalized(s))));
    let (mean, log_std) = (layer(4, s.clone()), layer(5, s));
    let mean = match objective.mean_norm {
        0.0 => mean,
        gamma => {
            let centred = mean.clone() - mean.mean_dim(0);
            let deviation = (centred.clone().powi_scalar(2).mean_dim(0) + 1e-5).sqrt();
            centred / deviation * gamma
        }
    };
    let z = mean.clone() + constant(noise, songs) * log_std.clone().exp();
    let base = to_host(network.frozen.clone().unwrap().base);
    let (p, log_rate) = decoded(&layers, &base, z, masks);
    let x = x.reshape([songs, geometry.cells()]);
    let count = x.clone().sum_dim(1);
    let logs = (p.reshape([songs, geometry.cells()]).log() * x).sum_dim(1);
    let loss = log_rate.clone().exp() - log_rate * count.clone() - logs;
    let square = (log_std.clone() * 2.0).exp();
    let mut kl = (mean.clone() * mean + square - log_std * 2.0 - 1.0) * 0.5;
    let all = kl.clone().sum_dim(1);
    if let Some(weights) = objective.kl_weights {
        kl = kl * constant(weights.to_vec(), 1);
    }
    let weights = match objective.song_weight {
        SongWeight::Onsets => count.ones_like(),
        SongWeight::Equal => count.recip() * base.iter().sum::<f32>() * geometry.measures() as f32,
    };
    let total = |values: &Matrix| f64::from(values.clone().sum().into_scalar());
    let sums = Sums {
        reconstruction: total(&loss),
        kl: total(&all),
        weighted: total(&(loss.clone() * weights.clone())),
        weighted_kl: total(&(all * weights.clone())),
    };
    let objective = (loss + kl.sum_dim(1) * objective.beta) * weights * objective.scale;
    let mut gradients = objective.sum().backward();
    let gradient = |Dense { weight, bias }: &Dense<Oracle>| {
        [
            to_host(weight.grad_remove(&mut gradients).unwrap()),
            to_host(bias.grad_remove(&mut gradients).unwrap()),
        ]
    };
    (layers.iter().map(gradient).collect(), sums)
}

/// Returns the largest difference relative to the largest expected value.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    assert!(largest > 0.0, "a gradient that is all zero tests nothing");
    let pairs = found.iter().zip(expected);
    pairs.fold(0f32, |worst, (a, b)| worst.max((a - b).abs())) / largest
}

/// Compares gradients, except the bias of layer `but`, which has no effect before a normalization.
fn assert_close(found: Gradients<Flex>, expected: &[[Vec<f32>; 2]], but: Option<usize>) {
    let names = FACTORED.layers();
    assert_eq!((found.layers.len(), expected.len()), (names.len(), names.len()));
    let pairs = found.layers.into_iter().zip(expected).zip(names).enumerate();
    for (index, ((found, [weight, bias]), shape)) in pairs {
        let of_weight = difference(&to_host(found.weight), weight);
        let of_bias = match but {
            Some(but) if but == index => 0.0,
            _ => difference(&to_host(found.bias), bias),
        };
        assert!(of_weight < 2e-4 && of_bias < 2e-4, "{}: {of_weight} {of_bias}", shape.name);
    }
}

fn assert_sums(found: Sums, expected: Sums) {
    for (found, expected) in [
        (found.reconstruction, expected.reconstruction),
        (found.kl, expected.kl),
        (found.weighted, expected.weighted),
        (found.weighted_kl, expected.weighted_kl),
    ] {
        assert!((found / expected - 1.0).abs() < 1e-5, "{found} {expected}");
    }
}

#[test]
fn losses_and_gradients_equal_plain_autodiff_over_all_cells() {
    for song_weight in [SongWeight::Onsets, SongWeight::Equal] {
        let (network, rows, objective) = (network(), rows(SONGS), objective(song_weight));
        let (found, sums) =
            gradients(&network, &rows.clone().into(), noise_inputs(SONGS), objective);
        let (expected, expected_sums) = oracle(&network, &rows, noise_inputs(SONGS), objective);
        assert_sums(sums, expected_sums);
        assert_close(found, &expected, None);
    }
}

#[test]
fn dropout_and_free_bits_equal_plain_autodiff() {
    let dropping = factored_settings(|raw| raw.options.dropout = 0.3);
    let inputs = StepRng::new(&dropping, 0).next_inputs(SONGS);
    let (network, rows) = (network(), rows(SONGS));
    let batch = Batch::from(rows.clone());
    let whole = std::slice::from_ref(&batch);
    let free_bits =
        FreeBitsKl::compute(&network, whole, &dropping, 0.0).nats / FACTORED.latent as f64;
    let kl = FreeBitsKl::compute(&network, whole, &dropping, free_bits);
    let free = kl.weights.iter().filter(|&&weight| weight == 0.0).count();
    assert!(
        (1..FACTORED.latent).contains(&free),
        "some dimensions are above the free bits, some are not"
    );
    let plain = objective(SongWeight::Equal);
    let objective = Objective { kl_weights: Some(&kl.weights), ..plain };
    let (found, _) = gradients(&network, &batch, inputs.clone(), objective);
    let (expected, _) = oracle(&network, &rows, inputs, objective);
    assert_close(found, &expected, None);
}

#[test]
fn normalized_means_equal_plain_autodiff() {
    let (network, rows) = (network(), rows(SONGS));
    let objective = Objective { mean_norm: 0.7, ..objective(SongWeight::Equal) };
    let (found, sums) = gradients(&network, &rows.clone().into(), noise_inputs(SONGS), objective);
    let (expected, expected_sums) = oracle(&network, &rows, noise_inputs(SONGS), objective);
    assert_sums(sums, expected_sums);
    assert_close(found, &expected, Some(FACTORED.mean_layer()));
}

#[test]
fn probabilities_are_those_of_a_poisson_process_with_the_expected_number_of_onsets() {
    let network = network();
    let noise = noise_inputs(3).noise;
    let base = to_host(network.frozen.clone().unwrap().base);
    let (p, log_rate) = decoded(&leaves(&network), &base, constant(noise.clone(), 3), None);
    let (p, log_rate) = (to_host(p), to_host(log_rate));
    let (architecture, reconstruction) = (FACTORED, Reconstruction::Poisson);
    let model = Model { architecture, reconstruction, beta: 0.1, network, refiner: None };
    let latents: Vec<Vec<f32>> = noise.chunks(FACTORED.latent).map(<[f32]>::to_vec).collect();
    let found = model.decode(&latents).unwrap();
    for (song, found) in found.iter().enumerate() {
        let cells = FACTORED.geometry.cells();
        let p = &p[song * cells..][..cells];
        let sum: f64 = p.iter().map(|&p| f64::from(p)).sum();
        assert!((sum - 1.0).abs() < 1e-5, "the distribution of the oracle sums to {sum}");
        let expected = f64::from(log_rate[song]).exp();
        let rates: f64 = found.iter().map(|&found| -(-f64::from(found)).ln_1p()).sum();
        assert!((rates / expected - 1.0).abs() < 1e-4, "{rates} {expected}");
        for (&found, &p) in found.iter().zip(p) {
            let probability = -(-expected * f64::from(p)).exp_m1();
            assert!((f64::from(found) / probability - 1.0).abs() < 1e-4, "{found} {probability}");
        }
    }
}

/// With one rhythm and one profile, the result follows from the formula.
#[test]
fn loss_of_a_song_equals_its_formula() {
    let one = FactoredSizes { rhythms: 1, pitch_profiles: 1, ..sizes() };
    let architecture = crate::Architecture { network: NetworkSizes::Factored(one), ..FACTORED };
    let cells = FACTORED.geometry.cells_per_measure();
    let mut network =
        Network::<Flex>::initial_factored(&architecture, 1, &vec![0.25; cells], None, &FlexDevice);
    for layer in &mut network.layers {
        (layer.weight, layer.bias) = (layer.weight.zeros_like(), layer.bias.zeros_like());
    }
    // Twice as probable on step 2 and on pitch 5, equal measures, e onsets expected.
    let boosted = |at: usize| {
        let values: Vec<f32> = (0..8).map(|i| if i == at { 2f32.ln() } else { 0.0 }).collect();
        Tensor::<Flex, 1>::from_data(values.as_slice(), &FlexDevice)
    };
    network.layers[8].bias = boosted(2);
    network.layers[9].bias = boosted(5);
    network.layers[14].bias = Tensor::full([1], 1.0, &FlexDevice);
    // Step 2 and pitch 5 in measure 1; step 0 and pitch 0 in measure 3.
    let mut rows = Rows::new();
    let song = &mut vec![cells as u32 + 2 * 8 + 5, 3 * cells as u32];
    rows.push(0, song, FACTORED.geometry).unwrap();
    let floor = f64::from(BASE_RATE_SHARE);
    let p = |boost: f64| (1.0 - floor) * boost / (9.0 * 9.0 * 4.0) + floor / (64.0 * 4.0);
    let expected = 1f64.exp() - 2.0 - p(4.0).ln() - p(1.0).ln();
    let latent = Tensor::zeros([1, FACTORED.latent], &FlexDevice);
    let [found, weighted] = network.losses(latent, &rows, Reconstruction::Poisson, &[0.5]);
    assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    assert!((weighted - 0.5 * expected).abs() < 1e-5, "{weighted}");
}

#[test]
fn micro_batches_sum_to_the_whole_batch() {
    let (network, objective) = (network(), objective(SongWeight::Equal));
    let songs = 64;
    let (whole, whole_sums) =
        gradients(&network, &rows(songs).into(), noise_inputs(songs), objective);
    let all = rows(songs);
    let (mut sum, mut sums): (Option<Gradients<Flex>>, _) = (None, Sums::default());
    for start in (0..songs).step_by(20) {
        let end = (start + 20).min(songs);
        let mut part = Rows::new();
        for song in start..end {
            let measures = FACTORED.geometry.measures();
            let cells = FACTORED.geometry.cells_per_measure() as u32;
            let onsets = |measure: usize| {
                all.row(song * measures + measure)
                    .iter()
                    .map(move |&cell| cell + measure as u32 * cells)
            };
            let mut song = (0..measures).flat_map(onsets).collect();
            part.push(0, &mut song, FACTORED.geometry).unwrap();
        }
        let latent = FACTORED.latent;
        let noise = noise_inputs(songs).noise[start * latent..end * latent].to_vec();
        let inputs = RandomInputs { noise, masks: None };
        let (part, part_sums) = gradients(&network, &part.into(), inputs, objective);
        sums.add(part_sums);
        sum = Some(match sum {
            None => part,
            Some(sum) => sum.plus(part),
        });
    }
    assert_sums(sums, whole_sums);
    for (part, whole) in sum.unwrap().layers.into_iter().zip(whole.layers) {
        assert!(difference(&to_host(part.weight), &to_host(whole.weight)) < 1e-4);
        assert!(difference(&to_host(part.bias), &to_host(whole.bias)) < 1e-4);
    }
}

#[test]
fn posterior_means_start_as_principal_components_and_stay_close_to_them() {
    let settings = &both(|raw| raw.epochs = 2)[1];
    let samples = memory_samples(40, 5);
    let wanted = PcaSettings { geometry: FACTORED.geometry, components: 8, seed: 11 };
    let pca = Pca::fit(&samples, &wanted, &mut |_, _| Control::Continue).unwrap();
    let codes = pca.encode(&samples.0).unwrap();
    // Share of the codes' variance that the means do not explain.
    let apart = |model: &Model| {
        let means = model.encode(&samples.0).unwrap().mean;
        let pairs = means.iter().zip(&codes).flat_map(|(mean, code)| {
            let whitened = code.iter().zip(&pca.variances);
            let whitened = whitened.map(|(&code, variance)| f64::from(code) / variance.sqrt());
            mean.iter().map(|&mean| f64::from(mean)).zip(whitened).collect::<Vec<_>>()
        });
        let squares: Vec<f64> = pairs.map(|(mean, code)| (mean - code).powi(2)).collect();
        squares.iter().sum::<f64>() / squares.len() as f64
    };
    let folder = Folder::new();
    let trained = |stop| {
        let mut observer = Recorder { stop_after_epoch: stop, ..Recorder::default() };
        train(settings, &samples, &samples, folder.path(), &mut observer).unwrap().model
    };
    let (untrained, trained) = (apart(&trained(Some(0))), apart(&trained(None)));
    assert!(untrained < 0.01 && trained > untrained && trained < 0.5, "{untrained} {trained}");
}
