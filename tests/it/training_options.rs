//! Options beyond a plain training: their effect, their interruption, and the combinations that are errors.

use crate::project::{Outcome, Project, eventually};
use crate::tiny::WHOLE;
use rustix::process::Signal;

/// [`WHOLE`] with other training parameters instead of `epochs: 1`.
fn training(params: &str) -> Project {
    Project::of(&WHOLE.replace("epochs: 1,", &format!("{params},")))
}

/// Returns the columns of the run's log, then its rows.
fn log(project: &Project, run: &Outcome) -> Vec<Vec<String>> {
    let name = run.json["run"].as_str().unwrap();
    let text = project.text(&format!("{}/{name}_csv.log", project.run_folder(run)));
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// Returns a column of the log by epoch; `None` for an empty cell.
fn column(log: &[Vec<String>], name: &str) -> Vec<Option<f64>> {
    let at = log[0].iter().position(|column| column == name).expect(name);
    log[1..].iter().map(|row| row[at].parse().ok()).collect()
}

#[test]
fn interrupted_training_with_all_options_gives_the_same_outputs() {
    let params = "epochs: 200, songs_every: 1000, schedule: cosine, learning_rate_warmup: 2.5, \
                  learning_rate_final: 0.1, free_bits: 0.1, dropout: 0.1, onset_dropout: 0.2, \
                  weight_decay: 0.01, transpose: 3, rotate: true, ema: 0.99, keep: best";
    for (signal, network) in
        [(Signal::INT, "thesis"), (Signal::KILL, "thesis"), (Signal::KILL, "factored")]
    {
        let params = &format!("network: {network}, {params}");
        let straight = training(params);
        straight.run(&["--until", "train"]);
        let stopped = training(params);
        let running = stopped.start(&["--until", "train"]);
        let kept = || {
            let mut files = stopped.listing("artifacts/work").into_iter();
            files.any(|path| path.ends_with("checkpoints/checkpoint.safetensors"))
        };
        eventually("a checkpoint", kept);
        running.signal(signal);
        running.wait();
        assert!(!stopped.exists("artifacts/p/train"));
        let run = stopped.run(&["--until", "train"]);
        assert!(run.stderr.contains("resuming after epoch "), "{}", run.stderr);
        for folder in ["artifacts/p/train/model", "artifacts/p/train/epochs"] {
            assert!(straight.files(folder) == stopped.files(folder), "{folder} differs");
        }
    }
}

#[test]
fn each_epoch_is_in_the_log_the_history_tensorboard_and_a_line() {
    let project = training("epochs: 2, schedule: linear, learning_rate_final: 0.5");
    let run = project.run(&["--until", "train"]);
    let log = log(&project, &run);
    for name in ["val_f1", "pair_jaccard", "measure_jaccard"] {
        let values = column(&log, name);
        assert_eq!(values.len(), 3, "{name}");
        assert!(values.iter().all(|v| v.is_some_and(|v| (0.0..=1.0).contains(&v))), "{name}");
    }
    for (nats, bits) in [("kl", "kl_bits"), ("val_kl", "val_kl_bits")] {
        for (nats, bits) in column(&log, nats).into_iter().zip(column(&log, bits)) {
            assert_eq!(nats.map(|nats| nats / std::f64::consts::LN_2), bits);
        }
    }
    for name in ["gradient_norm", "samples_per_second"] {
        let values = column(&log, name);
        assert!(values[0].is_none() && values[1..].iter().all(|v| v.unwrap() > 0.0), "{name}");
    }
    assert_eq!(column(&log, "learning_rate")[2], Some(0.0005));
    let sql = "select epoch, validation_f1, pair_jaccard, measure_jaccard from self";
    let table = project.call_plain(&["stats", "p/train", "--sql", sql, "--format", "csv"]);
    let history: Vec<Vec<Option<f64>>> = table.stdout.lines().skip(1).map(numbers).collect();
    let columns = ["epoch", "val_f1", "pair_jaccard", "measure_jaccard"];
    let logged = columns.map(|name| column(&log, name));
    for (row, values) in history.iter().enumerate() {
        let expected = logged.iter().map(|column| column[row + 1]);
        assert!(values.iter().copied().eq(expected), "{values:?} {logged:?}");
    }
    assert_eq!(history.len(), 2);
    let graphs = format!("{}/graphs", project.run_folder(&run));
    let events = project.files(&graphs).into_values().collect::<Vec<_>>().concat();
    let events = String::from_utf8_lossy(&events);
    for tag in [
        "epoch_f1",
        "epoch_kl_bits",
        "pair_jaccard",
        "measure_jaccard",
        "active_units",
        "beta",
        "learning_rate",
        "gradient_norm",
        "samples_per_second",
    ] {
        assert!(events.contains(tag), "{tag}");
    }
    let line = run.stderr.lines().find(|line| line.contains("epoch 2 of 2: loss ")).unwrap();
    for words in ["validation ", "F1 0.", " nats (", " bits)", " units active"] {
        assert!(line.contains(words), "{line}");
    }
}

/// Parses the cells of a line of CSV.
fn numbers(line: &str) -> Vec<Option<f64>> {
    line.split(',').map(|cell| cell.parse().ok()).collect()
}

#[test]
fn collapsed_posterior_is_warned_of_once_with_a_hint() {
    let project = training("epochs: 40, beta: 1000, beta_warmup: 0, songs_every: 1000");
    let run = project.run(&["--until", "train"]);
    let warnings: Vec<&str> =
        run.stderr.lines().filter(|line| line.contains("the posterior has collapsed")).collect();
    assert!(!warnings.is_empty() && warnings.len() < 5, "{}", run.stderr);
    assert!(warnings[0].contains("try more epochs, a smaller beta"), "{}", warnings[0]);
    let kl = column(&log(&project, &run), "val_kl");
    assert!(kl.last().unwrap().unwrap() < 0.25, "{kl:?}");
    let sound = training("epochs: 3, beta: 0, songs_every: 1000").run(&["--until", "train"]);
    assert!(!sound.stderr.contains("collapsed"), "{}", sound.stderr);
}

#[test]
fn training_without_progress_ends_after_its_patience_and_generates_its_last_songs() {
    // The step is so small that no epoch can be better than the first.
    let project = training("epochs: 50, learning_rate: 1e-9, patience: 3, songs_every: 1000");
    let run = project.run(&["--until", "train"]);
    let epochs = column(&log(&project, &run), "epoch");
    assert_eq!(epochs, [0.0, 1.0, 2.0, 3.0, 4.0].map(Some));
    assert!(project.exists("artifacts/p/train/epochs/midi/epoch4_0.mid"));
    assert_eq!(project.run(&["--until", "train"]).executed(), [""; 0]);
}

#[test]
fn keep_best_saves_the_best_epochs_weights() {
    let still = "learning_rate: 1e-9, songs_every: 1000";
    let best = training(&format!("epochs: 4, keep: best, {still}"));
    let run = best.run(&["--until", "train"]);
    assert!(run.stderr.contains("kept: epoch 1, the best by F1"), "{}", run.stderr);
    let (first, last) =
        (training(&format!("epochs: 1, {still}")), training(&format!("epochs: 4, {still}")));
    let weights = |project: &Project| {
        project.run(&["--until", "train"]);
        ["encoder", "decoder"]
            .map(|part| project.bytes(&format!("artifacts/p/train/model/{part}.safetensors")))
    };
    let (best, first, last) = (weights(&best), weights(&first), weights(&last));
    assert!(best == first && best != last);
}

#[test]
fn option_by_validation_without_validation_samples_is_an_error() {
    for (params, name) in [("keep: best", "keep: best"), ("patience: 2", "patience")] {
        let yaml = WHOLE
            .replace("epochs: 1,", &format!("epochs: 1, {params},"))
            .replace("validation: 0.3", "validation: 0");
        let run = Project::of(&yaml).call_plain(&["run", "p"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        let told = format!("`{name}` needs the F1 of validation samples, and there are none");
        assert!(run.stderr.contains(&told), "{}", run.stderr);
        assert!(run.stderr.contains("raise `validation` of the extract stage"), "{}", run.stderr);
    }
}

#[test]
fn warm_up_longer_than_the_training_is_an_error_before_the_run() {
    let run = training("epochs: 5, learning_rate_warmup: 5").call(&["run", "p"]);
    assert_eq!((run.code, run.error("code")), (2, "invalid_stage"), "{}", run.stdout);
    assert_eq!(run.error("hint"), "less than 5, for example 0.5");
}

#[test]
fn options_that_exclude_each_other_are_an_error_before_the_run() {
    for (params, hint) in [
        ("mean_norm: 0.5, free_bits: 0.1", "choose one of them"),
        ("network: factored, output_bias: zero", "leave it out, or network: thesis"),
        ("network: factored, measure_position: true", "leave it out, or network: thesis"),
    ] {
        let run = training(&format!("epochs: 1, {params}")).call(&["run", "p"]);
        assert_eq!((run.code, run.error("code")), (2, "invalid_stage"), "{}", run.stdout);
        assert_eq!(run.error("hint"), hint, "{params}");
    }
}

#[test]
fn transposition_beyond_the_pitch_range_is_an_error() {
    let run = training("epochs: 1, transpose: 48").call_plain(&["run", "p"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("`transpose` is 48, but must be below"), "{}", run.stderr);
}
