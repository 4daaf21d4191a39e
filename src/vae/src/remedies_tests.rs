//! What each remedy does to a whole training.

use super::*;
use crate::checkpoint::CheckpointError;
use crate::observer::Appraisal;
use crate::remedies::{Keep, Remedies, Schedule};
use crate::testing::{Folder, MemorySamples, Recorder, both, memory_samples, settings};
use std::fs;

/// Everything at once.
fn all() -> Remedies {
    Remedies {
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
        keep: Keep::Best,
    }
}

fn trained_in(folder: &Folder, settings: &Settings, observer: &mut Recorder) -> Trained {
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    train(settings, &samples, &validation, folder.path(), observer).unwrap()
}

fn with(change: impl FnOnce(&mut Remedies)) -> Settings {
    settings(|raw| change(&mut raw.remedies))
}

/// Scores that an observer gives to the epochs from 0 on.
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
fn with_every_remedy_a_training_stopped_anywhere_and_resumed_equals_an_uninterrupted_one() {
    let normalising = Remedies { free_bits: 0.0, mean_norm: 0.5, ..all() };
    let settings =
        [all(), normalising].map(|remedies| both(|raw| (raw.epochs, raw.remedies) = (4, remedies)));
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
fn each_remedy_changes_the_weights_and_none_of_them_none() {
    for network in [0, 1] {
        let weights = |remedies: Remedies| {
            let settings = &both(|raw| raw.remedies = remedies)[network];
            bytes(&trained_in(&Folder::new(), settings, &mut Recorder::default()).model)
        };
        let (plain, all) = (weights(Remedies::default()), all());
        for (name, remedies) in [
            ("schedule", Remedies { schedule: all.schedule, ..Remedies::default() }),
            (
                "learning_rate_warmup",
                Remedies { learning_rate_warmup: all.learning_rate_warmup, ..Remedies::default() },
            ),
            ("free_bits", Remedies { free_bits: 2.0, ..Remedies::default() }),
            ("mean_norm", Remedies { mean_norm: 0.5, ..Remedies::default() }),
            ("dropout", Remedies { dropout: all.dropout, ..Remedies::default() }),
            ("onset_dropout", Remedies { onset_dropout: all.onset_dropout, ..Remedies::default() }),
            ("weight_decay", Remedies { weight_decay: all.weight_decay, ..Remedies::default() }),
            ("transpose", Remedies { transpose: all.transpose, ..Remedies::default() }),
            ("rotate", Remedies { rotate: true, ..Remedies::default() }),
            ("ema", Remedies { ema: all.ema, ..Remedies::default() }),
        ] {
            assert_ne!(weights(remedies), plain, "{network} {name}");
        }
        let idle = Remedies { learning_rate_final: 0.5, patience: Some(1), ..Remedies::default() };
        assert_eq!(weights(idle), plain);
    }
}

#[test]
fn the_reported_learning_rate_is_that_of_the_epochs_last_step() {
    let settings = with(|remedies| {
        remedies.schedule = Schedule::Linear;
        remedies.learning_rate_final = 0.25;
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
fn what_free_bits_give_is_used_where_a_heavy_prior_would_take_all() {
    let kl = |free_bits: f64| {
        let settings = settings(|raw| {
            (raw.beta, raw.warmup_epochs, raw.epochs) = (5.0, 0.0, 120);
            raw.remedies.free_bits = free_bits;
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
fn a_batch_in_parts_is_charged_as_the_whole_batch_is() {
    for settings in both(|raw| (raw.batch, raw.remedies) = (64, all())) {
        let samples = memory_samples(64, 1);
        let order: Vec<usize> = (0..64).collect();
        let sums = |micro: usize| {
            let mut trainer = Trainer::<Flex> {
                settings: &settings,
                train: &samples,
                validation: &samples,
                state: fresh(&settings, &samples, &mut Recorder::default(), &FlexDevice).unwrap(),
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
fn transposed_readings_teach_what_was_never_seen() {
    // One note a measure, always the same pitch; asked for the same tune two semitones higher.
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
            (raw.epochs, raw.beta, raw.remedies.transpose) = (150, 0.01, transpose);
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
fn averaged_weights_are_validated_and_handed_on_while_the_others_go_on_alike() {
    let averaged = with(|remedies| remedies.ema = 0.9);
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
fn a_training_ends_when_its_patience_does_and_stays_ended() {
    let settings = settings(|raw| (raw.epochs, raw.remedies.patience) = (10, Some(2)));
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
    // Without a score there is nothing to be impatient about.
    let unscored = trained_in(&Folder::new(), &settings, &mut Recorder::default());
    assert_eq!(unscored.history.len(), 11);
}

#[test]
fn the_best_epochs_weights_are_handed_on_where_asked_for() {
    let scores = [0.9, 0.1, 0.3, 0.2];
    let of = |keep: Keep, epochs: usize| {
        let settings = settings(|raw| (raw.epochs, raw.remedies.keep) = (epochs, keep));
        trained_in(&Folder::new(), &settings, &mut scored(&scores))
    };
    let (best, last, second) = (of(Keep::Best, 3), of(Keep::Last, 3), of(Keep::Last, 2));
    assert_eq!((best.epoch, last.epoch, second.epoch), (2, 3, 2));
    assert_eq!(bytes(&best.model), bytes(&second.model));
    assert_ne!(bytes(&best.model), bytes(&last.model));
    let folder = Folder::new();
    let settings = with(|remedies| remedies.keep = Keep::Best);
    trained_in(&folder, &settings, &mut scored(&scores));
    let mut files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["best-2.safetensors", "checkpoint.safetensors"]);
    let damaged = folder.path().join("best-2.safetensors");
    fs::write(&damaged, b"no weights").unwrap();
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    let error = train(&settings, &samples, &validation, folder.path(), &mut scored(&scores));
    let Err(TrainError::Checkpoint(CheckpointError::Damaged { path, .. })) = error else {
        panic!("{error:?}");
    };
    assert_eq!(path, damaged);
}

#[test]
fn what_an_observer_finds_is_part_of_the_history() {
    let folder = Folder::new();
    let scores = [0.0, 0.25, 0.5, 0.125];
    let trained = trained_in(&folder, &with(|_| ()), &mut scored(&scores));
    let found: Vec<Appraisal> = trained.history.iter().map(|report| report.appraisal).collect();
    let expected = scores.map(|f1| Appraisal { f1: Some(f1), ..Appraisal::default() });
    assert_eq!(found, expected);
    let again = trained_in(&folder, &with(|_| ()), &mut Recorder::default());
    assert_eq!(again.history, trained.history);
}
