//! Guarantees of a whole training.

#[path = "train_resume_tests.rs"]
mod resume;

use super::*;
use crate::architecture::{FactoredSizes, NetworkSizes, ThesisSizes};
use crate::initialize::initial_checkpoint;
use crate::settings::{RawSettings, Reconstruction};
use crate::testing::{
    ARCHITECTURE, Folder, MemorySamples, Recorder, both, factored_settings, memory_samples,
    raw_settings, settings, size,
};
use std::fs;

fn trained_in(
    folder: &Folder,
    settings: &Settings,
    observer: &mut Recorder,
) -> Result<Trained, TrainError> {
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    train(settings, &samples, &validation, folder.path(), observer)
}

fn trained_on(settings: &Settings, songs: usize) -> Trained {
    let samples = memory_samples(songs, 1);
    let none = MemorySamples(Vec::new());
    train(settings, &samples, &none, Folder::new().path(), &mut Recorder::default()).unwrap()
}

fn trained(settings: &Settings) -> Trained {
    trained_in(&Folder::new(), settings, &mut Recorder::default()).unwrap()
}

fn bytes(model: &Model) -> [Vec<u8>; 2] {
    let folder = Folder::new();
    model.save(folder.path()).unwrap();
    ["encoder.safetensors", "decoder.safetensors"]
        .map(|file| fs::read(folder.path().join(file)).unwrap())
}

/// Returns a report without the fields that depend on the clock.
fn timeless(report: &EpochReport) -> EpochReport {
    EpochReport { seconds: 0.0, samples_per_second: None, ..report.clone() }
}

fn timeless_history(trained: &Trained) -> Vec<EpochReport> {
    trained.history.iter().map(timeless).collect()
}

/// Returns the mean share of a song's onsets among its most probable cells.
fn recovered(model: &Model, songs: &[Vec<u32>]) -> f64 {
    let posterior = model.encode(songs).unwrap();
    let decoded = model.decode(&posterior.mean).unwrap();
    let share = |(song, probabilities): (&Vec<u32>, &Vec<f32>)| {
        let mut onsets = song.clone();
        onsets.sort_unstable();
        onsets.dedup();
        let mut cells: Vec<usize> = (0..probabilities.len()).collect();
        cells.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let hits = cells[..onsets.len()].iter().filter(|&&cell| onsets.contains(&(cell as u32)));
        hits.count() as f64 / onsets.len() as f64
    };
    songs.iter().zip(&decoded).map(share).sum::<f64>() / songs.len() as f64
}

#[test]
fn few_songs_are_memorized_and_the_loss_falls() {
    let samples = memory_samples(6, 1);
    for (reconstruction, goal) in
        [(Reconstruction::Bce, 0.95), (Reconstruction::Mse, 0.9), (Reconstruction::Poisson, 0.6)]
    {
        let change = |raw: &mut RawSettings| {
            (raw.epochs, raw.batch, raw.beta) = (400, 6, 0.01);
        };
        let settings = match reconstruction {
            Reconstruction::Poisson => factored_settings(change),
            _ => settings(|raw| {
                raw.reconstruction = reconstruction;
                change(raw);
            }),
        };
        let none = MemorySamples(Vec::new());
        let folder = Folder::new();
        let mut observer = Recorder { stop_after_epoch: Some(0), ..Recorder::default() };
        let untrained = train(&settings, &samples, &none, folder.path(), &mut observer).unwrap();
        assert!(!untrained.finished);
        let mut observer = Recorder::default();
        let trained = train(&settings, &samples, &none, folder.path(), &mut observer).unwrap();
        assert!(trained.finished);
        let loss = |epoch: usize| trained.history[epoch].train.unwrap().loss;
        assert!(loss(400) < 0.5 * loss(1), "{} {}", loss(1), loss(400));
        let (before, after) =
            (recovered(&untrained.model, &samples.0), recovered(&trained.model, &samples.0));
        assert!(before < 0.3 && after > goal, "{reconstruction:?}: {before} {after}");
    }
}

#[test]
fn equal_seeds_give_equal_weights_on_any_number_of_threads() {
    for network in [0, 1] {
        let on = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| trained(&both(|raw| raw.seed = seed)[network]))
        };
        let (one, again, three) = (on(1, 5), on(1, 5), on(3, 5));
        assert_eq!(bytes(&one.model), bytes(&again.model));
        assert_eq!(timeless_history(&one), timeless_history(&again));
        assert_eq!(bytes(&one.model), bytes(&three.model));
        assert_ne!(bytes(&one.model), bytes(&on(1, 6).model));
    }
}

/// Large enough for several threads to share every matrix product.
#[test]
fn large_matrix_products_are_equal_on_any_number_of_threads() {
    let (measure_hidden, measure_code, song_hidden) = (300, 120, 330);
    let thesis = ThesisSizes { measure_hidden, measure_code, song_hidden, measure_position: false };
    let factored = FactoredSizes {
        measure_hidden,
        measure_code,
        song_hidden,
        rhythms: 21,
        pitch_profiles: 19,
        core_code: 50,
        core_hidden: 200,
        principal_components: true,
    };
    let networks = [NetworkSizes::Thesis(thesis), NetworkSizes::Factored(factored)];
    for (settings, network) in both(|_| ()).into_iter().zip(networks) {
        let mut raw = RawSettings::clone(&settings);
        raw.architecture.geometry = size(4, 50, 30);
        (raw.architecture.latent, raw.architecture.network) = (60, network);
        (raw.batch, raw.epochs) = (64, 2);
        let large = Settings::try_from(raw).unwrap();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| trained_on(&large, 140))
        };
        let one = on(1);
        for threads in [2, 3, 8] {
            assert_eq!(bytes(&one.model), bytes(&on(threads).model), "{threads} threads");
        }
    }
}

#[test]
fn micro_batches_update_the_weights_as_the_whole_batch_does() {
    for settings in both(|raw| raw.batch = 512) {
        let (samples, validation) = (memory_samples(512, 1), memory_samples(1, 2));
        let order: Vec<usize> = (0..512).collect();
        let after = |micro: usize| {
            let mut trainer = Trainer::<Flex> {
                settings: &settings,
                train: &samples,
                validation: &validation,
                state: initial_checkpoint(
                    &settings,
                    &samples,
                    &mut Recorder::default(),
                    &FlexDevice,
                )
                .unwrap(),
            };
            trainer.step(&order, micro).unwrap();
            let tensors = 0..settings.architecture.tensors().len();
            let parameters = tensors.flat_map(|at| trainer.state.network.values(at));
            (parameters.collect::<Vec<f32>>(), trainer.state.progress.sums)
        };
        let ((whole, whole_sums), (parts, parts_sums)) = (after(512), after(100));
        let close = whole.iter().zip(&parts).filter(|(a, b)| (*a - *b).abs() < 1e-4).count();
        // Adam's first step has the size of the learning rate and the gradient's sign, which rounding may
        // change if a gradient is almost zero.
        assert!(close as f64 > 0.999 * whole.len() as f64, "{close} of {}", whole.len());
        for (a, b) in whole_sums.to_array().into_iter().zip(parts_sums.to_array()) {
            assert!((a - b).abs() <= 1e-4 * a.abs(), "{a} {b}");
        }
    }
}

#[test]
fn every_step_and_epoch_is_reported_in_order() {
    let settings = settings(|raw| (raw.epochs, raw.beta, raw.beta_warmup) = (2, 0.4, 2.0));
    let mut observer = Recorder::default();
    let trained = trained_in(&Folder::new(), &settings, &mut observer).unwrap();
    let seen: Vec<_> =
        observer.steps.iter().map(|s| (s.epoch, s.step, s.steps, s.samples)).collect();
    // 21 samples in batches of 8.
    let expected =
        [(1, 1, 3, 8), (1, 2, 3, 16), (1, 3, 3, 21), (2, 1, 3, 8), (2, 2, 3, 16), (2, 3, 3, 21)];
    assert_eq!(seen, expected);
    assert_eq!(observer.epochs, trained.history);
    let [untrained, first, second] = &trained.history[..] else { panic!("three epochs") };
    assert_eq!((untrained.epoch, untrained.steps, untrained.train), (0, 0, None));
    assert!(untrained.validation.is_some() && untrained.gradient_norm.is_none());
    assert_eq!((first.steps, second.steps), (3, 6));
    assert!((second.beta - 0.4 * 5.0 / 6.0).abs() < 1e-12);
    assert!(first.gradient_norm.unwrap() > 0.0 && first.samples_per_second.unwrap() > 0.0);
    let train = second.train.unwrap();
    assert_eq!(train.loss, observer.steps[5].loss);
    assert!(train.loss > train.reconstruction && train.kl > 0.0);
    let validation = second.validation.unwrap();
    let sum = validation.reconstruction + second.beta * validation.kl;
    assert!((validation.loss - sum).abs() < 1e-9 * sum);
}

#[test]
fn the_untrained_bce_network_starts_near_the_base_rate_entropy() {
    let mut observer = Recorder { stop_after_epoch: Some(0), ..Recorder::default() };
    let samples = memory_samples(200, 1);
    let validation = memory_samples(200, 3);
    let settings = settings(|_| ());
    train(&settings, &samples, &validation, Folder::new().path(), &mut observer).unwrap();
    let found = observer.epochs[0].validation.unwrap().reconstruction;
    // 5 random cells of 64 per measure: 1 - (63 / 64)^5 of the cells are set.
    let rate = 1.0 - (63f64 / 64.0).powi(5);
    let expected = -256.0 * (rate * rate.ln() + (1.0 - rate) * (1.0 - rate).ln());
    assert!((found / expected - 1.0).abs() < 0.1, "{found} {expected}");
}

#[test]
fn a_large_learning_rate_without_clipping_explodes_without_an_error() {
    let settings = settings(|raw| {
        (raw.reconstruction, raw.learning_rate, raw.batch) = (Reconstruction::Mse, 1.0, 1);
        (raw.beta, raw.beta_warmup, raw.gradient_clip, raw.epochs) = (1.0, 0.0, None, 10);
    });
    let trained = trained(&settings);
    let losses = trained.history.iter().filter_map(|epoch| epoch.train);
    assert!(losses.clone().all(|losses| losses.loss.is_finite()));
    let worst = losses.fold(0f64, |worst, losses| worst.max(losses.loss));
    assert!(worst > 1e4, "{worst}");
}

#[test]
fn nan_loss_ends_the_training_with_its_step() {
    let (settings, samples) = (settings(|_| ()), memory_samples(21, 1));
    let mut state =
        initial_checkpoint::<Flex>(&settings, &samples, &mut Recorder::default(), &FlexDevice)
            .unwrap();
    let bias = &mut state.network.layers[8].bias;
    *bias = bias.clone() * f32::NAN;
    let mut trainer = Trainer { settings: &settings, train: &samples, validation: &samples, state };
    let error = trainer.step(&[0, 1, 2], 8).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { epoch: 1, step: 1, .. }));
}

#[test]
fn missing_and_invalid_samples_are_errors() {
    let (none, folder) = (MemorySamples(Vec::new()), Folder::new());
    let settings = Settings::try_from(raw_settings()).unwrap();
    let mut observer = Recorder::default();
    let error = train(&settings, &none, &none, folder.path(), &mut observer).unwrap_err();
    assert!(matches!(error, TrainError::NoSamples));
    let beyond = ARCHITECTURE.geometry.cells() as u32;
    let wrong = MemorySamples(vec![vec![0], vec![beyond]]);
    let error = train(&settings, &wrong, &none, folder.path(), &mut observer).unwrap_err();
    assert!(matches!(error, TrainError::Sample(SampleError::OutOfRange { index: 1, .. })));
}

/// Returns songs whose measures share a rhythm, a scale and a bass line, as in music.
fn built_songs(songs: usize, first: usize) -> MemorySamples {
    let geometry = ARCHITECTURE.geometry;
    let song = |song: usize| -> Vec<u32> {
        let (rhythm, scale) = (song % 5, song / 5 % 7);
        let measure = |measure: usize| {
            (0..geometry.steps())
                .filter(move |step| (step * (rhythm + 2) + measure).is_multiple_of(3))
                .map(move |step| {
                    let pitch = (scale + step * (rhythm + 1) + 2 * measure) % geometry.pitches();
                    (measure * geometry.cells_per_measure() + step * geometry.pitches() + pitch)
                        as u32
                })
        };
        (0..geometry.measures()).flat_map(measure).collect()
    };
    MemorySamples((first..first + songs).map(song).collect())
}

#[test]
fn factored_network_learns_more_in_equal_steps_than_the_thesis_network_and_the_mean() {
    let (samples, validation) = (built_songs(35, 0), built_songs(35, 0));
    let scores = both(|raw| (raw.epochs, raw.batch, raw.beta) = (30, 5, 0.05)).map(|settings| {
        let folder = Folder::new();
        let observer = &mut Recorder::default();
        let trained = train(&settings, &samples, &validation, folder.path(), observer).unwrap();
        recovered(&trained.model, &validation.0)
    });
    let mut counts = vec![0; ARCHITECTURE.geometry.cells()];
    validation.0.iter().flatten().for_each(|&cell| counts[cell as usize] += 1);
    let mean = validation.0.iter().map(|song| {
        let mut cells: Vec<usize> = (0..counts.len()).collect();
        cells.sort_by_key(|&cell| std::cmp::Reverse(counts[cell]));
        let hits = cells[..song.len()].iter().filter(|&&cell| song.contains(&(cell as u32)));
        hits.count() as f64 / song.len() as f64
    });
    let mean = mean.sum::<f64>() / 35.0;
    let [thesis, factored] = scores;
    assert!(factored > mean + 0.1 && factored > thesis + 0.05, "{mean} {thesis} {factored}");
}
