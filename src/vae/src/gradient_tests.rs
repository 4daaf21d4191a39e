//! Kernels and cut graph against plain autodiff.

use super::*;
use crate::architecture::{Architecture, NetworkSizes, ThesisSizes};
use crate::free_bits::FreeBitsKl;
use crate::rng::{self, Purpose};
use crate::samples::Rows;
use crate::settings::{Reconstruction, SongWeight};
use crate::step_rng::{Masks, StepRng};
use crate::testing::{ARCHITECTURE, SIZES, memory_samples, settings};
use burn::backend::flex::{Flex, FlexDevice};
use burn::tensor::TensorData;
use burn::tensor::activation::{log_sigmoid, relu, sigmoid};
use burn::tensor::module::linear;

type Oracle = Autodiff<Flex>;

fn network(seed: u64) -> Network<Flex> {
    let bias = (0..ARCHITECTURE.geometry.cells_per_measure())
        .map(|cell| -1.0 - cell as f32 * 0.01)
        .collect();
    Network::initial_thesis(&ARCHITECTURE, seed, bias, &FlexDevice)
}

fn rows(songs: usize) -> Rows {
    Rows::read(&memory_samples(songs, 5), 0..songs, ARCHITECTURE.geometry).unwrap()
}

fn noise(songs: usize) -> RandomInputs {
    let mut random = rng::stream(1, Purpose::TrainingNoise, 0);
    let noise = rng::normal(&mut random, songs * ARCHITECTURE.latent);
    RandomInputs { noise, masks: None }
}

/// The whole network by autodiff on dense input: loss sums and gradients.
fn oracle(
    network: &Network<Flex>,
    rows: &Rows,
    RandomInputs { noise, masks }: RandomInputs,
    (objective, free_bits): (Objective<'_>, f64),
) -> (Vec<[Vec<f32>; 2]>, Sums) {
    let Objective { reconstruction, beta, scale, .. } = objective;
    let measures = ARCHITECTURE.geometry.measures();
    let (songs, cells) = (rows.len() / measures, ARCHITECTURE.geometry.cells_per_measure());
    let layers: Vec<Dense<Oracle>> = network
        .layers
        .iter()
        .map(|Dense { weight, bias }| Dense {
            weight: Tensor::from_inner(weight.clone()).require_grad(),
            bias: Tensor::from_inner(bias.clone()).require_grad(),
        })
        .collect();
    let dense = |layer: usize, input: Tensor<Oracle, 2>| {
        linear(input, layers[layer].weight.clone(), Some(layers[layer].bias.clone()))
    };
    let mut values = vec![0f32; rows.len() * cells];
    for row in 0..rows.len() {
        rows.row(row).iter().for_each(|&cell| values[row * cells + cell as usize] = 1.0);
    }
    let x = Tensor::from_data(TensorData::new(values, [rows.len(), cells]), &FlexDevice);
    let h = relu(dense(1, relu(dense(0, x.clone()))));
    let h = relu(dense(2, h.reshape([songs, measures * SIZES.measure_code])));
    let (mean, log_std) = (dense(3, h.clone()), dense(4, h).clamp(-5.0, 2.0));
    let mean = match objective.mean_norm {
        0.0 => mean,
        gamma => {
            let centred = mean.clone() - mean.mean_dim(0);
            let deviation = (centred.clone().powi_scalar(2).mean_dim(0) + 1e-5).sqrt();
            centred / deviation * gamma
        }
    };
    let noise = TensorData::new(noise, [songs, ARCHITECTURE.latent]);
    let noise = Tensor::<Oracle, 2>::from_data(noise, &FlexDevice);
    let z = mean.clone() + noise * log_std.clone().exp();
    let Masks { song, measure } = masks.unwrap_or_else(|| Masks {
        song: vec![1.0; songs * SIZES.song_hidden],
        measure: vec![1.0; rows.len() * SIZES.measure_hidden],
    });
    let mask = |mask: Vec<f32>, rows: usize| {
        let width = mask.len() / rows;
        Tensor::<Oracle, 2>::from_data(TensorData::new(mask, [rows, width]), &FlexDevice)
    };
    let h = relu(dense(6, relu(dense(5, z)) * mask(song, songs)));
    let h = dense(7, h.reshape([rows.len(), SIZES.measure_code]));
    let last = layers.len() - 1;
    let h = match last {
        8 => h,
        _ => {
            let which = Tensor::eye(measures, &FlexDevice).repeat(&[songs, 1]);
            h + dense(8, which)
        }
    };
    let h = relu(h);
    let h = h * mask(measure, rows.len());
    let logits = dense(last, h);
    let loss = match reconstruction {
        Reconstruction::Bce | Reconstruction::Poisson => -log_sigmoid(-logits.clone()) - logits * x,
        Reconstruction::Mse => (sigmoid(logits) - x).powi_scalar(2),
    };
    let loss = loss.sum();
    let square = (log_std.clone() * 2.0).exp();
    let kl = (mean.clone() * mean + square - log_std * 2.0 - 1.0).sum_dim(0) * 0.5;
    let raised = kl.clone().clamp_min(free_bits * songs as f64).sum();
    let kl = kl.sum();
    let sums = Sums {
        reconstruction: loss.clone().into_scalar().into(),
        kl: kl.clone().into_scalar().into(),
        ..Sums::default()
    };
    let mut gradients = ((loss + raised * beta) * scale).backward();
    let gradient = |Dense { weight, bias }: &Dense<Oracle>| {
        [
            to_host(leaf_gradient(weight.grad_remove(&mut gradients))),
            to_host(leaf_gradient(bias.grad_remove(&mut gradients))),
        ]
    };
    (layers.iter().map(gradient).collect(), sums)
}

fn objective(reconstruction: Reconstruction, songs: usize) -> Objective<'static> {
    let (song_weight, scale) = (SongWeight::Onsets, 1.0 / songs as f64);
    Objective { reconstruction, song_weight, beta: 0.7, scale, mean_norm: 0.0, kl_weights: None }
}

/// Largest difference relative to the largest value of the expected tensor.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    assert!(largest > 0.0, "a gradient that is all zero tests nothing");
    let pairs = found.iter().zip(expected);
    pairs.fold(0f32, |worst, (a, b)| worst.max((a - b).abs())) / largest
}

#[test]
fn kernels_and_cut_graph_equal_plain_autodiff() {
    for reconstruction in [Reconstruction::Bce, Reconstruction::Mse] {
        let (network, rows, objective) = (network(3), rows(6), objective(reconstruction, 6));
        let (found, sums) = gradients(&network, &rows.clone().into(), noise(6), objective);
        let (expected, expected_sums) = oracle(&network, &rows, noise(6), (objective, 0.0));
        let relative = |a: f64, b: f64| (a / b - 1.0).abs();
        assert!(relative(sums.reconstruction, expected_sums.reconstruction) < 1e-5);
        assert!(relative(sums.kl, expected_sums.kl) < 1e-5, "{sums:?} {expected_sums:?}");
        for (index, (found, [weight, bias])) in found.layers.into_iter().zip(&expected).enumerate()
        {
            let worst = difference(&to_host(found.weight), weight)
                .max(difference(&to_host(found.bias), bias));
            assert!(worst < 1e-4, "{reconstruction:?} layer {index}: {worst}");
        }
    }
}

#[test]
fn normalized_means_and_measure_positions_equal_plain_autodiff() {
    let positioned = NetworkSizes::Thesis(ThesisSizes { measure_position: true, ..SIZES });
    let architecture = Architecture { network: positioned, ..ARCHITECTURE };
    let bias = vec![-1.0; architecture.geometry.cells_per_measure()];
    let network = Network::initial_thesis(&architecture, 3, bias, &FlexDevice);
    let plain = objective(Reconstruction::Bce, 6);
    for mean_norm in [0.0, 0.7] {
        let objective = Objective { mean_norm, ..plain };
        let (found, sums) = gradients(&network, &rows(6).into(), noise(6), objective);
        let (expected, expected_sums) = oracle(&network, &rows(6), noise(6), (objective, 0.0));
        assert!((sums.kl / expected_sums.kl - 1.0).abs() < 1e-5);
        assert_eq!(found.layers.len(), expected.len());
        for (index, (found, [weight, bias])) in found.layers.into_iter().zip(&expected).enumerate()
        {
            let worst = difference(&to_host(found.weight), weight);
            assert!(worst < 1e-4, "layer {index}: {worst}");
            // A bias before a normalization has no effect.
            if mean_norm == 0.0 || index != architecture.mean_layer() {
                let worst = difference(&to_host(found.bias), bias);
                assert!(worst < 1e-4, "layer {index}: {worst}");
            }
        }
    }
}

#[test]
fn dropout_and_free_bits_equal_plain_autodiff() {
    let dropping = settings(|raw| raw.options.dropout = 0.3);
    let inputs = StepRng::new(&dropping, 0).next_inputs(6);
    let (network, rows) = (network(3), rows(6));
    let batch = Batch::from(rows.clone());
    let (plain, whole) = (objective(Reconstruction::Bce, 6), std::slice::from_ref(&batch));
    let all = FreeBitsKl::compute(&network, whole, &dropping, 0.0);
    let free_bits = all.nats / ARCHITECTURE.latent as f64;
    let kl = FreeBitsKl::compute(&network, whole, &dropping, free_bits);
    let free = kl.weights.iter().filter(|&&weight| weight == 0.0).count();
    assert!(
        (1..ARCHITECTURE.latent).contains(&free),
        "some dimensions are above the free bits, some are not"
    );
    assert!(all.weights.iter().all(|&weight| weight == 1.0) && kl.nats > all.nats);
    let objective = Objective { kl_weights: Some(&kl.weights), ..plain };
    let (found, _) = gradients(&network, &batch, inputs.clone(), objective);
    let (expected, _) = oracle(&network, &rows, inputs, (objective, free_bits));
    for (index, (found, [weight, bias])) in found.layers.into_iter().zip(&expected).enumerate() {
        let worst =
            difference(&to_host(found.weight), weight).max(difference(&to_host(found.bias), bias));
        assert!(worst < 1e-4, "layer {index}: {worst}");
    }
}

#[test]
fn kl_divergence_equals_its_formula() {
    // 0.5 (m^2 + s^2 - 1) - ln s
    let expected = 0.5 * (4.0 + 0.25 - 1.0) - 0.5f64.ln() + 0.5 * (1.0 + 1.0 - 1.0);
    let found = kl_divergence(&[2.0, -1.0], &[0.5f32.ln(), 0.0]);
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    assert_eq!(kl_divergence(&[0.0; 3], &[0.0; 3]), 0.0);
}

#[test]
fn log_std_outside_its_range_is_pulled_back() {
    let mut network = network(3);
    let width = ARCHITECTURE.latent;
    for (bias, pulls_down) in [(50.0, true), (-50.0, false)] {
        network.layers[4].bias = Tensor::full([width], bias, &FlexDevice);
        let objective = Objective { beta: 1e3, ..objective(Reconstruction::Bce, 6) };
        let (found, sums) = gradients(&network, &rows(6).into(), noise(6), objective);
        assert!(sums.reconstruction.is_finite() && sums.kl.is_finite());
        let gradient = to_host(found.layers.into_iter().nth(4).unwrap().bias);
        assert!(gradient.iter().all(|&g| g != 0.0 && (g > 0.0) == pulls_down), "{gradient:?}");
    }
}

#[test]
fn micro_batches_sum_to_the_whole_batch() {
    let (network, songs) = (network(4), 512);
    let objective = objective(Reconstruction::Bce, songs);
    let (whole, _) = gradients(&network, &rows(songs).into(), noise(songs), objective);
    let samples = memory_samples(songs, 5);
    let mut parts: Option<Gradients<Flex>> = None;
    for start in (0..songs).step_by(100) {
        let end = (start + 100).min(songs);
        let rows = Rows::read(&samples, start..end, ARCHITECTURE.geometry).unwrap();
        let latent = ARCHITECTURE.latent;
        let noise = noise(songs).noise[start * latent..end * latent].to_vec();
        let inputs = RandomInputs { noise, masks: None };
        let (part, _) = gradients(&network, &rows.into(), inputs, objective);
        parts = Some(match parts {
            None => part,
            Some(sum) => sum.plus(part),
        });
    }
    for (part, whole) in parts.unwrap().layers.into_iter().zip(whole.layers) {
        assert!(difference(&to_host(part.weight), &to_host(whole.weight)) < 1e-4);
        assert!(difference(&to_host(part.bias), &to_host(whole.bias)) < 1e-4);
    }
}
