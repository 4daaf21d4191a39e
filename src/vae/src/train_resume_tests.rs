//! A training that stops, or is killed, continues from its checkpoint as if it had not.

use super::*;
use crate::checkpoint::CheckpointError;

#[test]
fn training_killed_within_an_epoch_resumes_at_the_requested_checkpoint() {
    for settings in both(|raw| raw.epochs = 3) {
        let whole = trained(&settings);
        // Three steps per epoch: within the first and the second one, and at the last step of one.
        for (asked, finished) in [(2, 0), (5, 1), (6, 1)] {
            let folder = Folder::new();
            let mut observer = Recorder {
                save_after_steps: Some(asked),
                break_after_epoch: Some(finished + 1),
                ..Recorder::default()
            };
            let error = trained_in(&folder, &settings, &mut observer).unwrap_err();
            assert!(matches!(error, TrainError::Observer { .. }));
            assert_eq!(observer.steps.len(), 3 * (finished + 1), "the request ends nothing");
            let mut observer = Recorder::default();
            let resumed = trained_in(&folder, &settings, &mut observer).unwrap();
            assert_eq!(observer.steps.len(), 9 - asked, "no step is done again");
            assert_eq!(observer.resumed, Some(finished + 1));
            assert_eq!(bytes(&resumed.model), bytes(&whole.model), "{asked}");
            assert_eq!(timeless_history(&resumed), timeless_history(&whole));
        }
    }
}

#[test]
fn training_is_read_from_its_checkpoint_without_a_step_or_a_change() {
    let settings = settings(|raw| raw.epochs = 3);
    let (samples, validation) = (memory_samples(21, 1), memory_samples(6, 2));
    let read_from = |folder: &Folder, settings| {
        from_checkpoint(settings, &samples, &validation, folder.path()).unwrap()
    };
    let folder = Folder::new();
    assert!(read_from(&folder, &settings).is_none(), "there is no checkpoint yet");
    let mut observer = Recorder { stop_after_steps: Some(4), ..Recorder::default() };
    let stopped = trained_in(&folder, &settings, &mut observer).unwrap();
    let found = read_from(&folder, &settings).unwrap();
    assert_eq!((found.finished, found.history.len(), found.steps_beyond), (false, 2, 1));
    assert_eq!(bytes(&found.model), bytes(&stopped.model));
    let other =
        Settings::try_from(RawSettings { seed: 99, ..RawSettings::clone(&settings) }).unwrap();
    assert!(read_from(&folder, &other).is_none(), "it has other settings");
    let resumed = trained_in(&folder, &settings, &mut Recorder::default()).unwrap();
    assert_eq!(bytes(&resumed.model), bytes(&trained(&settings).model));
    let found = read_from(&folder, &settings).unwrap();
    assert_eq!((found.finished, found.history.len(), found.steps_beyond), (true, 4, 0));
}

#[test]
fn training_stopped_anywhere_and_resumed_equals_an_uninterrupted_one() {
    for settings in both(|raw| raw.epochs = 3) {
        let whole = trained(&settings);
        assert_eq!(whole.history.len(), 4);
        // Three steps per epoch: within an epoch, at its last step, and at two epochs' ends.
        for (steps, epoch) in [(Some(4), None), (Some(6), None), (None, Some(0)), (None, Some(2))] {
            let folder = Folder::new();
            let mut observer = Recorder {
                stop_after_steps: steps,
                stop_after_epoch: epoch,
                ..Recorder::default()
            };
            let part = trained_in(&folder, &settings, &mut observer).unwrap();
            assert!(!part.finished);
            let mut observer = Recorder::default();
            let resumed = trained_in(&folder, &settings, &mut observer).unwrap();
            assert_eq!(observer.resumed, Some(part.history.len()));
            assert!(resumed.finished);
            assert_eq!(bytes(&resumed.model), bytes(&whole.model), "{steps:?} {epoch:?}");
            assert_eq!(timeless_history(&resumed), timeless_history(&whole));
        }
    }
}

#[test]
fn finished_training_is_read_back_without_a_step() {
    let (folder, settings) = (Folder::new(), settings(|_| ()));
    let first = trained_in(&folder, &settings, &mut Recorder::default()).unwrap();
    let mut observer = Recorder::default();
    let second = trained_in(&folder, &settings, &mut observer).unwrap();
    assert!(observer.steps.is_empty() && observer.epochs.is_empty());
    assert_eq!(second.history, first.history);
    assert_eq!(bytes(&second.model), bytes(&first.model));
}

#[test]
fn checkpoint_of_other_settings_or_samples_is_not_resumed() {
    let folder = Folder::new();
    trained_in(&folder, &settings(|_| ()), &mut Recorder::default()).unwrap();
    let mut observer = Recorder::default();
    let other = settings(|raw| raw.learning_rate = 1e-4);
    let found = trained_in(&folder, &other, &mut observer).unwrap();
    assert_eq!(observer.resumed, None);
    assert_eq!(bytes(&found.model), bytes(&trained(&other).model));
    let mut observer = Recorder::default();
    let fewer = memory_samples(20, 1);
    train(&other, &fewer, &memory_samples(6, 2), folder.path(), &mut observer).unwrap();
    assert_eq!(observer.resumed, None);
}

#[test]
fn corrupt_checkpoint_is_an_error_that_names_the_file() {
    let (folder, settings) = (Folder::new(), settings(|_| ()));
    trained_in(&folder, &settings, &mut Recorder::default()).unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let whole = fs::read(&path).unwrap();
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = trained_in(&folder, &settings, &mut Recorder::default()).unwrap_err();
        let TrainError::Checkpoint(CheckpointError::Corrupt { path: named, .. }) = error else {
            panic!("{length}: {error:?}");
        };
        assert_eq!(named, path);
    }
}
