//! Compares plain tensor operations with the CPU's kernels, method by method and step by step.

use crate::adam_step::AdamStep;
use crate::backend::{OutputLayer, TrainBackend};
use crate::dense::Dense;
use crate::factored_backend::{Logits, MixtureShape, base_rate_shares};
use crate::host::{to_device, to_host};
use crate::observer::Losses;
use crate::rng::{self, Purpose};
use crate::samples::Rows;
use crate::settings::{Reconstruction, Settings};
use crate::testing::{
    ARCHITECTURE, Folder, MemorySamples, Recorder, both, memory_samples, settings,
};
use crate::train::{Trained, run};
use crate::training_options::TrainingOptions;
use burn::backend::Flex;
use burn::tensor::Tensor;
use burn_ndarray::NdArray;

/// Neither a GPU nor the backend with kernels.
type GenericBackend = NdArray;

/// Tolerance for rounding in another order.
const ROUNDING: f32 = 1e-5;

const SHAPE: MixtureShape = MixtureShape { size: ARCHITECTURE.geometry, rhythms: 5, profiles: 7 };

fn normal(index: u64, count: usize) -> Vec<f32> {
    rng::normal(&mut rng::stream(7, Purpose::Weights, index), count)
}

fn tensor<B: TrainBackend, const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<B, D> {
    to_device(values, shape, &B::Device::default())
}

/// Returns normal values, the same on every backend.
fn random<B: TrainBackend, const D: usize>(index: u64, shape: [usize; D]) -> Tensor<B, D> {
    tensor(normal(index, shape.iter().product()), shape)
}

/// Returns songs of which one has a measure without an onset and one has no onset at all.
fn rows(songs: usize) -> Rows {
    let mut samples = memory_samples(songs, 5);
    samples.0[1].clear();
    samples.0[2].truncate(3);
    Rows::read(&samples, 0..songs, ARCHITECTURE.geometry).unwrap()
}

fn silence(songs: usize) -> Rows {
    Rows::read(&MemorySamples(vec![Vec::new(); songs]), 0..songs, ARCHITECTURE.geometry).unwrap()
}

/// Results of the methods for one input, by name.
type Results = Vec<(&'static str, Vec<f32>)>;

fn layers<B: TrainBackend>(rows: &Rows) -> Results {
    let (cells, hidden) = (ARCHITECTURE.geometry.cells_per_measure(), 13);
    let layer = Dense::<B> { weight: random(1, [cells, hidden]), bias: random(2, [hidden]) };
    let mut found = vec![("bag", to_host(B::bag(&layer, rows)))];
    let Dense { weight, bias } = B::bag_gradient(random(3, [rows.len(), hidden]), rows, cells);
    found.extend([("bag weight", to_host(weight)), ("bag bias", to_host(bias))]);
    let dense = Dense::<B> { weight: random(4, [hidden, cells]), bias: random(5, [cells]) };
    for reconstruction in [Reconstruction::Bce, Reconstruction::Mse] {
        let layer = || OutputLayer { layer: &dense, reconstruction };
        let units = || random::<B, 2>(6, [rows.len(), hidden]);
        let output = B::output(units(), layer(), rows, 0.25);
        let losses = [output.loss, B::output_loss(units(), layer(), rows)];
        found.extend([
            ("loss", losses.map(|loss| loss as f32).to_vec()),
            ("output hidden", to_host(output.hidden)),
            ("output weight", to_host(output.layer.weight)),
            ("output bias", to_host(output.layer.bias)),
            ("probabilities", B::probabilities(units(), layer())),
        ]);
    }
    found
}

fn updates<B: TrainBackend>() -> Results {
    let shape = [9, 31];
    let mut parameter = random::<B, 2>(1, shape);
    let mut moments = [parameter.zeros_like(), parameter.zeros_like()];
    for time in 1..4 {
        let step = AdamStep::new(0.01, time, 0.5, 0.1);
        (parameter, moments) = B::adam(&step, parameter, random(1 + time, shape), moments);
    }
    let [first, second] = moments;
    let mut average = random::<B, 2>(1, shape);
    B::lerp(&mut average, &parameter, 0.3);
    let squares = [
        B::sum_of_squares(&parameter),
        B::sum_of_squares(&random::<B, 1>(8, [400])),
        B::sum_of_squares(&Tensor::<B, 2>::zeros([3, 4], &parameter.device())),
    ];
    vec![
        ("parameter", to_host(B::on_cpu(parameter))),
        ("first moment", to_host(first)),
        ("second moment", to_host(second)),
        ("average", to_host(average)),
        ("squares", squares.map(|square| square as f32).to_vec()),
    ]
}

fn blocks<B: TrainBackend>() -> Results {
    let shape = [11, 37];
    let input = random::<B, 2>(1, shape) * 3.0;
    let gradient = || random::<B, 2>(2, shape);
    let layer = Dense { weight: random(3, [37, 5]), bias: random(4, [5]) };
    let normalized = B::normalize(input.clone() + 2.0);
    vec![
        ("affine", to_host(B::affine(&input, &layer))),
        ("column sums", to_host(B::column_sums(&input))),
        ("activate", to_host(B::activate(&input))),
        ("activate gradient", to_host(B::activate_gradient(&input, gradient()))),
        ("normalize gradient", to_host(B::normalize_gradient(&normalized, gradient()))),
        ("normalized", to_host(normalized.values)),
        ("inverse standard deviations", to_host(normalized.inverse_stds)),
    ]
}

fn mixtures<B: TrainBackend>(rows: &Rows) -> Results {
    let songs = rows.len() / SHAPE.size.measures();
    let logits = || Logits::<B> {
        rhythms: random(1, [songs, SHAPE.size.steps() * SHAPE.rhythms]),
        pitch_profiles: random(2, [songs, SHAPE.size.pitches() * SHAPE.profiles]),
        core: random(3, [songs, SHAPE.core()]),
        measure_core: random(4, [songs * SHAPE.size.measures(), SHAPE.core()]),
        onsets: random(5, [songs, 1]),
    };
    let cells = SHAPE.size.cells_per_measure();
    let base = tensor::<B, 1>((1..=cells).map(|cell| 0.1 / cell as f32).collect(), [cells]);
    let base = base_rate_shares(&base, SHAPE.size.measures());
    let factors: Vec<f32> = (0..songs).map(|song| 0.5 + (song % 3) as f32).collect();
    let (losses, gradients) = B::mixture(logits(), &base, rows, &factors, SHAPE);
    vec![
        ("losses", losses.into_iter().map(|loss| loss as f32).collect()),
        ("rhythms", to_host(gradients.rhythms)),
        ("pitch profiles", to_host(gradients.pitch_profiles)),
        ("core", to_host(gradients.core)),
        ("measure core", to_host(gradients.measure_core)),
        ("onsets", to_host(gradients.onsets)),
        ("probabilities", B::mixture_probabilities(logits(), &base, SHAPE)),
    ]
}

/// Runs every method of both traits, on songs that fill more than one chunk, and on silence.
fn methods<B: TrainBackend>() -> Results {
    let (many, silent) = (rows(70), silence(3));
    let of_rows = [&many, &silent].map(|rows| [layers::<B>(rows), mixtures::<B>(rows)].concat());
    [of_rows.concat(), updates::<B>(), blocks::<B>()].concat()
}

fn assert_close(name: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        // Written so that NaN is not close.
        let is_close = (found - expected).abs() <= tolerance * largest;
        assert!(is_close, "{name}: {found} {expected}, the largest being {largest}");
    }
}

fn assert_methods_equal_the_kernels<B: TrainBackend>(tolerance: f32) {
    for ((name, found), (_, expected)) in methods::<B>().iter().zip(methods::<Flex>()) {
        assert_close(name, found, &expected, tolerance);
    }
}

fn trained<B: TrainBackend>(
    settings: &Settings,
    folder: &Folder,
    observer: &mut Recorder,
) -> Trained {
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    let (samples, device) = ([&samples as _, &validation as _], B::Device::default());
    run::<B>(settings, samples, folder.path(), observer, device, |_| Ok(())).unwrap()
}

fn weights(trained: &Trained) -> Vec<f32> {
    let network = &trained.model.network;
    let tensors = 0..network.architecture.tensors().len();
    tensors.flat_map(|at| network.values(at)).collect()
}

/// Settings of each network, plain and with everything that changes a step.
fn every_kind_of_step() -> Vec<Settings> {
    let all = TrainingOptions {
        free_bits: 0.05,
        dropout: 0.2,
        onset_dropout: 0.1,
        weight_decay: 0.01,
        ema: 0.9,
        transpose: 2,
        rotate: true,
        ..TrainingOptions::default()
    };
    let squares = settings(|raw| (raw.reconstruction, raw.epochs) = (Reconstruction::Mse, 1));
    let mut kinds = vec![squares];
    let normalising = TrainingOptions { free_bits: 0.0, mean_norm: 0.6, ..all };
    for options in [TrainingOptions::default(), all, normalising] {
        kinds.extend(both(|raw| (raw.epochs, raw.options) = (1, options)));
    }
    kinds
}

/// An epoch of three steps from the same start: 21 samples in batches of 8.
fn assert_first_steps_equal_the_kernels<B: TrainBackend>(tolerance: f64) {
    for settings in every_kind_of_step() {
        let (mut here, mut there) = (Recorder::default(), Recorder::default());
        let expected = trained::<Flex>(&settings, &Folder::new(), &mut here);
        let found = trained::<B>(&settings, &Folder::new(), &mut there);
        assert_eq!((here.steps.len(), there.steps.len()), (3, 3));
        let near = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() <= tolerance, "{found} {expected} {settings:?}");
        };
        for (found, expected) in there.steps.iter().zip(&here.steps) {
            near(found.loss, expected.loss);
        }
        for (found, expected) in found.history.iter().zip(&expected.history) {
            let losses = |losses: Option<Losses>| {
                losses.map_or([1.0; 3], |losses| [losses.loss, losses.reconstruction, losses.kl])
            };
            for (found, expected) in
                [(found.train, expected.train), (found.validation, expected.validation)]
            {
                losses(found).into_iter().zip(losses(expected)).for_each(|(a, b)| near(a, b));
            }
            near(found.gradient_norm.unwrap_or(1.0), expected.gradient_norm.unwrap_or(1.0));
        }
        let (found, expected) = (weights(&found), weights(&expected));
        let apart = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
        };
        let start = crate::initialize::untrained::<Flex>(&settings, &memory_samples(21, 1));
        let start: Vec<f32> =
            (0..start.architecture.tensors().len()).flat_map(|at| start.values(at)).collect();
        let (error, distance) = (apart(&found, &expected), apart(&expected, &start));
        // Adam's update has the gradient's sign even if the gradient is almost 0, so the error is compared
        // with the distance from the start.
        assert!(
            distance > 0.0 && error <= 10.0 * tolerance * distance,
            "{error} of {distance}: {settings:?}"
        );
    }
}

#[test]
fn every_method_equals_the_cpu_kernel() {
    assert_methods_equal_the_kernels::<GenericBackend>(ROUNDING);
}

#[test]
fn three_steps_of_each_network_equal_the_cpu_kernels() {
    assert_first_steps_equal_the_kernels::<GenericBackend>(1e-5);
}

#[test]
fn loss_at_low_probabilities_equals_the_cpu_kernel() {
    fn losses<B: TrainBackend>() -> [f64; 2] {
        let cells = 96 * 96;
        let bias = tensor(vec![-11.5; cells], [cells]);
        let layer = Dense::<B> { weight: random(1, [2, cells]), bias };
        [Reconstruction::Bce, Reconstruction::Mse].map(|reconstruction| {
            let layer = OutputLayer { layer: &layer, reconstruction };
            B::output_loss(random(2, [12, 2]), layer, &rows(3))
        })
    }
    for (found, expected) in losses::<GenericBackend>().into_iter().zip(losses::<Flex>()) {
        assert!((found / expected - 1.0).abs() < f64::from(ROUNDING), "{found} {expected}");
    }
}

#[test]
fn nan_reaches_the_loss() {
    for reconstruction in [Reconstruction::Bce, Reconstruction::Mse] {
        let mut bias = vec![0.0; 64];
        bias[5] = f32::NAN;
        let layer = Dense { weight: random(1, [3, 64]), bias: tensor(bias, [64]) };
        let layer = OutputLayer { layer: &layer, reconstruction };
        assert!(GenericBackend::output_loss(random(2, [12, 3]), layer, &rows(3)).is_nan());
    }
}

#[test]
fn checkpoint_can_move_between_backends() {
    for settings in both(|raw| raw.epochs = 2) {
        let whole = trained::<Flex>(&settings, &Folder::new(), &mut Recorder::default());
        let folder = Folder::new();
        let mut stops = Recorder { stop_after_steps: Some(2), ..Recorder::default() };
        trained::<Flex>(&settings, &folder, &mut stops);
        let mut stops = Recorder { stop_after_steps: Some(2), ..Recorder::default() };
        trained::<GenericBackend>(&settings, &folder, &mut stops);
        assert_eq!(stops.resumed, Some(1));
        let mut ends = Recorder::default();
        let found = trained::<Flex>(&settings, &folder, &mut ends);
        assert_eq!((ends.resumed, ends.steps.len(), found.finished), (Some(2), 2, true));
        let loss = |trained: &Trained| trained.history[2].validation.unwrap().loss;
        assert!((loss(&found) / loss(&whole) - 1.0).abs() < 1e-3);
    }
}

/// The same on a GPU, with the tolerance of TF32: ten bits of a matrix product's inputs.
#[cfg(feature = "cuda")]
mod on_a_gpu {
    use super::*;
    use crate::{Device, train, train_on};
    use burn::backend::Cuda;

    #[test]
    #[ignore = "needs an NVIDIA GPU, its driver and the CUDA toolkit"]
    fn every_method_equals_the_cpu_kernel() {
        Device::Cuda(0).check().unwrap();
        assert_methods_equal_the_kernels::<Cuda>(1e-2);
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU, its driver and the CUDA toolkit"]
    fn three_steps_of_each_network_equal_the_cpu_kernels() {
        Device::Cuda(0).check().unwrap();
        assert_first_steps_equal_the_kernels::<Cuda>(1e-2);
    }

    #[test]
    #[ignore = "needs an NVIDIA GPU, its driver and the CUDA toolkit"]
    fn training_on_a_gpu_reaches_the_loss_of_the_cpu() {
        for settings in both(|raw| raw.epochs = 20) {
            let samples = memory_samples(21, 1);
            let last = |trained: Trained| trained.history.last().unwrap().train.unwrap().loss;
            let (here, there) = (Folder::new(), Folder::new());
            let observer = &mut Recorder::default();
            let expected = train(&settings, &samples, &samples, here.path(), observer).unwrap();
            let both: [&dyn crate::Samples; 2] = [&samples, &samples];
            let found = train_on(Device::Cuda(0), &settings, both, there.path(), observer);
            let (found, expected) = (last(found.unwrap()), last(expected));
            assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
        }
    }
}
