//! The effect of each option on a whole training.

use super::*;
use crate::checkpoint::CheckpointError;
use crate::initialize::initial_checkpoint;
use crate::observer::EpochMetrics;
use crate::testing::{Folder, MemorySamples, Recorder, both, memory_samples, settings};
use crate::training_options::{FinalWeights, Schedule, TrainingOptions};
use std::fs;

/// All options at once.
fn all() -> TrainingOptions {
    TrainingOptions {
        schedule: Schedule::Cosine,
        learning_rate_warmup: 0.5,
        learning_rate_final: 0.1,
        free_bits: 0.05,
        mean_norm: 0.0,
        dropout: 0.1,
        onset_dropout: 0.1,
        weight_decay: 0.01,
        transpose: 2,
        rotate: true,
        ema: 0.9,
        patience: Some(3),
        keep: FinalWeights::Best,
    }
}

fn trained_in(folder: &Folder, settings: &Settings, observer: &mut Recorder) -> Trained {
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    train(settings, &samples, &validation, folder.path(), observer).unwrap()
}

fn with(change: impl FnOnce(&mut TrainingOptions)) -> Settings {
    settings(|raw| change(&mut raw.options))
}

/// Returns an observer with the F1 of each epoch from 0.
fn scored(scores: &[f64]) -> Recorder {
    Recorder { scores: scores.to_vec(), ..Recorder::default() }
}

fn bytes(model: &Model) -> [Vec<u8>; 2] {
    let folder = Folder::new();
    model.save(folder.path()).unwrap();
    ["encoder.safetensors", "decoder.safetensors"]
        .map(|file| fs::read(folder.path().join(file)).unwrap())
}

fn timeless(trained: &Trained) -> Vec<EpochReport> {
    let report = |report: &EpochReport| EpochReport {
        seconds: 0.0,
        samples_per_second: None,
        ..report.clone()
    };
    trained.history.iter().map(report).collect()
}

#[test]
fn training_with_all_options_stopped_anywhere_and_resumed_equals_an_uninterrupted_one() {
    let normalising = TrainingOptions { free_bits: 0.0, mean_norm: 0.5, ..all() };
    let settings =
        [all(), normalising].map(|options| both(|raw| (raw.epochs, raw.options) = (4, options)));
    for settings in settings.into_iter().flatten() {
        let scores = [0.0, 0.1, 0.4, 0.3, 0.2];
        let whole = trained_in(&Folder::new(), &settings, &mut scored(&scores));
        assert_eq!((whole.history.len(), whole.epoch), (5, 2));
        // Three steps per epoch: within epochs, at an epoch's last step, and at epochs' ends.
        for (steps, epoch) in
            [(Some(1), None), (Some(5), None), (Some(6), None), (None, Some(0)), (None, Some(3))]
        {
            let folder = Folder::new();
            let mut observer =
                Recorder { stop_after_steps: steps, stop_after_epoch: epoch, ..scored(&scores) };
            assert!(!trained_in(&folder, &settings, &mut observer).finished);
            let resumed = trained_in(&folder, &settings, &mut scored(&scores));
            assert!(resumed.finished);
            assert_eq!(bytes(&resumed.model), bytes(&whole.model), "{steps:?} {epoch:?}");
            assert_eq!(timeless(&resumed), timeless(&whole));
        }
    }
}

#[test]
fn each_option_changes_the_weights() {
    for network in [0, 1] {
        let weights = |options: TrainingOptions| {
            let settings = &both(|raw| raw.options = options)[network];
            bytes(&trained_in(&Folder::new(), settings, &mut Recorder::default()).model)
        };
        let (plain, all) = (weights(TrainingOptions::default()), all());
        for (name, options) in [
            ("schedule", TrainingOptions { schedule: all.schedule, ..TrainingOptions::default() }),
            (
                "learning_rate_warmup",
                TrainingOptions {
                    learning_rate_warmup: all.learning_rate_warmup,
                    ..TrainingOptions::default()
                },
            ),
            ("free_bits", TrainingOptions { free_bits: 2.0, ..TrainingOptions::default() }),
            ("mean_norm", TrainingOptions { mean_norm: 0.5, ..TrainingOptions::default() }),
            ("dropout", TrainingOptions { dropout: all.dropout, ..TrainingOptions::default() }),
            (
                "onset_dropout",
                TrainingOptions { onset_dropout: all.onset_dropout, ..TrainingOptions::default() },
            ),
            (
                "weight_decay",
                TrainingOptions { weight_decay: all.weight_decay, ..TrainingOptions::default() },
            ),
            (
                "transpose",
                TrainingOptions { transpose: all.transpose, ..TrainingOptions::default() },
            ),
            ("rotate", TrainingOptions { rotate: true, ..TrainingOptions::default() }),
            ("ema", TrainingOptions { ema: all.ema, ..TrainingOptions::default() }),
        ] {
            assert_ne!(weights(options), plain, "{network} {name}");
        }
        let idle = TrainingOptions {
            learning_rate_final: 0.5,
            patience: Some(1),
            ..TrainingOptions::default()
        };
        assert_eq!(weights(idle), plain);
    }
}

#[test]
fn reported_learning_rate_is_that_of_the_epochs_last_step() {
    let settings = with(|options| {
        options.schedule = Schedule::Linear;
        options.learning_rate_final = 0.25;
    });
    let trained = trained_in(&Folder::new(), &settings, &mut Recorder::default());
    // Nine steps, the last at a quarter of 3e-3.
    let rates: Vec<f64> = trained.history.iter().map(|report| report.learning_rate).collect();
    for (rate, step) in rates.into_iter().zip([0.0, 2.0, 5.0, 8.0]) {
        let expected = 3e-3 * (1.0 - 0.75 * step / 8.0);
        assert!((rate - expected).abs() < 1e-12, "{rate} {expected}");
    }
}

#[test]
fn free_bits_are_used_despite_a_large_beta() {
    let kl = |free_bits: f64| {
        let settings = settings(|raw| {
            (raw.beta, raw.beta_warmup, raw.epochs) = (5.0, 0.0, 120);
            raw.options.free_bits = free_bits;
        });
        let trained = trained_in(&Folder::new(), &settings, &mut Recorder::default());
        let last = trained.history.last().unwrap().validation.unwrap();
        assert!(last.loss >= last.reconstruction + 5.0 * 8.0 * free_bits - 1e-6);
        last.kl
    };
    let (without, with) = (kl(0.0), kl(0.5));
    assert!(without < 0.1 && with > 0.8, "{without} {with}");
}

#[test]
fn micro_batches_have_the_losses_of_the_whole_batch() {
    for settings in both(|raw| (raw.batch, raw.options) = (64, all())) {
        let samples = memory_samples(64, 1);
        let order: Vec<usize> = (0..64).collect();
        let sums = |micro: usize| {
            let mut trainer = Trainer::<Flex> {
                settings: &settings,
                train: &samples,
                validation: &samples,
                state: initial_checkpoint(
                    &settings,
                    &samples,
                    &mut Recorder::default(),
                    &FlexDevice,
                )
                .unwrap(),
            };
            trainer.state.progress.steps = 40;
            trainer.step(&order, micro).unwrap();
            trainer.state.progress.sums.to_array()
        };
        for (whole, parts) in sums(64).into_iter().zip(sums(10)) {
            assert!((whole - parts).abs() <= 1e-4 * whole.abs(), "{whole} {parts}");
        }
    }
}

#[test]
fn transposition_lowers_the_loss_of_transposed_songs() {
    // One note per measure, always the same pitch; validated on the same tune two semitones higher.
    let geometry = settings(|_| ()).architecture.geometry;
    let tune = |song: usize, pitch: usize| -> Vec<u32> {
        let cell = |measure: usize| {
            let step = (song >> measure) % 2 * 3;
            (measure * geometry.cells_per_measure() + step * geometry.pitches() + pitch) as u32
        };
        (0..geometry.measures()).map(cell).collect()
    };
    let seen = MemorySamples((0..16).map(|song| tune(song, 3)).collect());
    let unseen = MemorySamples((0..16).map(|song| tune(song, 5)).collect());
    let loss = |transpose: usize| {
        let settings = settings(|raw| {
            (raw.epochs, raw.beta, raw.options.transpose) = (150, 0.01, transpose);
        });
        let folder = Folder::new();
        let trained =
            train(&settings, &seen, &unseen, folder.path(), &mut Recorder::default()).unwrap();
        trained.history.last().unwrap().validation.unwrap().reconstruction
    };
    let (plain, transposed) = (loss(0), loss(2));
    assert!(transposed < 0.5 * plain, "{plain} {transposed}");
}

#[test]
fn averaged_weights_are_validated_and_returned_and_do_not_affect_training() {
    let averaged = with(|options| options.ema = 0.9);
    let folder = Folder::new();
    let average = trained_in(&folder, &averaged, &mut Recorder::default());
    let plain = trained_in(&Folder::new(), &with(|_| ()), &mut Recorder::default());
    let train = |trained: &Trained| trained.history.last().unwrap().train;
    assert_eq!(train(&average), train(&plain));
    let validation = |trained: &Trained| trained.history.last().unwrap().validation;
    assert_ne!(validation(&average), validation(&plain));
    assert_ne!(bytes(&average.model), bytes(&plain.model));
    let again = trained_in(&folder, &averaged, &mut Recorder::default());
    assert_eq!(bytes(&again.model), bytes(&average.model));
}

#[test]
fn training_ends_when_patience_is_exhausted_and_stays_finished() {
    let settings = settings(|raw| (raw.epochs, raw.options.patience) = (10, Some(2)));
    let scores = [0.9, 0.1, 0.3, 0.3, 0.2, 0.8];
    let folder = Folder::new();
    let mut observer = scored(&scores);
    let trained = trained_in(&folder, &settings, &mut observer);
    assert!(trained.finished);
    let last: Vec<bool> = observer.epochs.iter().map(|report| report.is_last).collect();
    assert_eq!(last, [false, false, false, false, true], "best in epoch 2, over after epoch 4");
    let mut observer = scored(&scores);
    let again = trained_in(&folder, &settings, &mut observer);
    assert!(again.finished && observer.steps.is_empty());
    assert_eq!(again.history, trained.history);
    // Without a score, patience has no effect.
    let unscored = trained_in(&Folder::new(), &settings, &mut Recorder::default());
    assert_eq!(unscored.history.len(), 11);
}

#[test]
fn best_epochs_weights_are_returned_if_requested() {
    let scores = [0.9, 0.1, 0.3, 0.2];
    let of = |keep: FinalWeights, epochs: usize| {
        let settings = settings(|raw| (raw.epochs, raw.options.keep) = (epochs, keep));
        trained_in(&Folder::new(), &settings, &mut scored(&scores))
    };
    let (best, last, second) =
        (of(FinalWeights::Best, 3), of(FinalWeights::Last, 3), of(FinalWeights::Last, 2));
    assert_eq!((best.epoch, last.epoch, second.epoch), (2, 3, 2));
    assert_eq!(bytes(&best.model), bytes(&second.model));
    assert_ne!(bytes(&best.model), bytes(&last.model));
    let folder = Folder::new();
    let settings = with(|options| options.keep = FinalWeights::Best);
    trained_in(&folder, &settings, &mut scored(&scores));
    let mut files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["best-2.safetensors", "checkpoint.safetensors"]);
    let damaged = folder.path().join("best-2.safetensors");
    fs::write(&damaged, b"no weights").unwrap();
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    let error = train(&settings, &samples, &validation, folder.path(), &mut scored(&scores));
    let Err(TrainError::Checkpoint(CheckpointError::Corrupt { path, .. })) = error else {
        panic!("{error:?}");
    };
    assert_eq!(path, damaged);
}

#[test]
fn observers_metrics_are_part_of_the_history() {
    let folder = Folder::new();
    let scores = [0.0, 0.25, 0.5, 0.125];
    let trained = trained_in(&folder, &with(|_| ()), &mut scored(&scores));
    let found: Vec<EpochMetrics> = trained.history.iter().map(|report| report.metrics).collect();
    let expected = scores.map(|f1| EpochMetrics { f1: Some(f1), ..EpochMetrics::default() });
    assert_eq!(found, expected);
    let again = trained_in(&folder, &with(|_| ()), &mut Recorder::default());
    assert_eq!(again.history, trained.history);
}
