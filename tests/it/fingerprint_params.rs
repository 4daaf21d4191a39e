//! Each parameter of each kind changes the fingerprint, except those that cannot change the outputs.

use crate::project::Project;
use crate::tiny::{WHOLE, played};
use serde_json::Value;
use std::collections::BTreeSet;

/// Parameters by name, each with another value than in [`played`].
type Others = &'static [(&'static str, &'static str)];

/// Stage of [`played`], its kind, all of its parameters.
const OTHERS: [(&str, &str, Others); 9] = [
    ("songs", "compose", &[("songs", "5")]),
    ("catalog", "scan", &[("similarity", "0.5")]),
    (
        "rolls",
        "extract",
        &[
            ("measures", "3"),
            ("steps", "12"),
            ("pitches", "60"),
            ("lowest_pitch", "40"),
            ("validation", "0.4"),
            ("judging", "0.2"),
            ("drums", "keep"),
            ("least_onsets", "2"),
            ("hop", "2"),
            ("offset", "1"),
            ("limit", "1000"),
        ],
    ),
    (
        "train",
        "train",
        &[
            ("network", "factored"),
            ("measure_hidden", "9"),
            ("measure_code", "5"),
            ("song_hidden", "9"),
            ("latent", "3"),
            ("rhythms", "5"),
            ("pitch_profiles", "6"),
            ("core_code", "7"),
            ("core_hidden", "8"),
            ("principal_components", "false"),
            ("measure_position", "true"),
            ("output_bias", "zero"),
            ("mean_norm", "0.5"),
            ("song_weight", "onsets"),
            ("loss", "mse"),
            ("beta", "0.3"),
            ("beta_warmup", "1"),
            ("learning_rate", "0.002"),
            ("schedule", "cosine"),
            ("learning_rate_warmup", "0.5"),
            ("learning_rate_final", "0.1"),
            ("free_bits", "0.25"),
            ("dropout", "0.1"),
            ("onset_dropout", "0.1"),
            ("weight_decay", "0.01"),
            ("transpose", "3"),
            ("rotate", "true"),
            ("ema", "0.9"),
            ("patience", "2"),
            ("keep", "best"),
            ("gradient_clip", "10"),
            ("batch", "4"),
            ("epochs", "2"),
            ("songs", "2"),
            ("songs_every", "2"),
            ("decode", "threshold"),
            ("threshold", "0.4"),
        ],
    ),
    (
        "player",
        "decoder",
        &[
            ("epochs", "1"),
            ("batch", "6"),
            ("learning_rate", "0.002"),
            ("warmup", "0.5"),
            ("weight_decay", "0.01"),
            ("transpose", "3"),
            ("rotate", "true"),
            ("uncoded", "0.5"),
            ("mistakes", "0.5"),
            ("without", "lags"),
            ("calibration", "2"),
        ],
    ),
    ("critic", "critic", &[("samples", "20")]),
    (
        "refined",
        "refiner",
        &[
            ("steps", "3"),
            ("hidden", "4"),
            ("epochs", "2"),
            ("batch", "8"),
            ("learning_rate", "0.001"),
            ("warmup", "0.5"),
            ("transpose", "3"),
            ("rotate", "false"),
        ],
    ),
    (
        "drawn",
        "generate",
        &[
            ("mode", "pca"),
            ("count", "3"),
            ("temperature", "0.5"),
            ("components", "2"),
            ("covariance", "diagonal"),
            ("posterior_variance", "true"),
            ("bandwidth", "0.5"),
            ("radius", "0.5"),
            ("interpolation", "lerp"),
            ("side", "train"),
            ("first_measure", "2"),
            ("drums", "keep"),
            ("decode", "threshold"),
            ("threshold", "0.4"),
            ("onset_temperature", "0.5"),
            ("repetition", "0.5"),
            ("phrase_return", "0.5"),
            ("measure_return", "0.5"),
            ("exactness", "0.5"),
            ("groove", "0.5"),
            ("chords", "0.25"),
            ("lengths", "fixed"),
            ("note_steps", "3"),
            ("tempo", "90"),
            ("program", "5"),
            ("refine", "2"),
            ("refine_rate", "0.1"),
            ("melody", "0.5"),
            ("candidates", "2"),
            ("files", "midi"),
        ],
    ),
    (
        "report",
        "evaluate",
        &[("samples", "3"), ("shown", "1"), ("refine", "2"), ("refine_rate", "0.1")],
    ),
];

/// The parameters that are no part of it: stage, kind, name and other values.
const UNHASHED: [(&str, &str, &str, [&str; 2]); 1] =
    [("train", "train", "checkpoint_minutes", ["0", "0.000001"])];

#[test]
fn unhashed_parameter_reruns_no_stage() {
    for (stage, _, name, values) in UNHASHED {
        let project = Project::of(WHOLE);
        let run = project.run(&["--until", stage]);
        for value in values {
            let setting = format!("stages.{stage}.params.{name}={value}");
            let fresh = project.run(&["--until", stage, "--set", &setting]);
            assert_eq!(fresh.fresh().len(), run.executed().len(), "{setting}");
            let other = Project::of(WHOLE);
            other.run(&["--until", stage, "--set", &setting]);
            let folder = format!("artifacts/p/{stage}");
            assert!(project.files(&folder) == other.files(&folder), "{setting}");
        }
    }
}

fn each_parameter_runs(stage: &str) {
    let project = Project::of(&played());
    project.run(&["--until", stage]);
    let (_, _, params) = OTHERS.iter().find(|(name, ..)| *name == stage).unwrap();
    for (name, value) in *params {
        let setting = format!("stages.{stage}.params.{name}={value}");
        let options = ["--until", stage, "--set", &setting];
        let plan = project.call(&[&["run", "p", "--dry-run"], &options[..]].concat());
        let planned = plan.stage(stage);
        let codes = || planned["reasons"].as_array().unwrap().iter();
        let reason = codes().find(|r| r["code"] == "parameter" && r["what"] == *name);
        assert_eq!(reason.unwrap_or(&Value::Null)["new"], *value, "{setting}: {planned}");
        assert_eq!(planned["verdict"], "run", "{setting}");
        assert_eq!(project.run(&options).executed(), [stage], "{setting}");
    }
    assert_eq!(project.run(&["--until", stage]).restored(), [stage], "and back");
}

#[test]
fn each_parameter_of_compose_changes_the_fingerprint() {
    each_parameter_runs("songs");
}

#[test]
fn each_parameter_of_scan_changes_the_fingerprint() {
    each_parameter_runs("catalog");
}

#[test]
fn each_parameter_of_extract_changes_the_fingerprint() {
    each_parameter_runs("rolls");
}

#[test]
fn each_parameter_of_train_changes_the_fingerprint() {
    each_parameter_runs("train");
}

#[test]
fn each_parameter_of_refiner_changes_the_fingerprint() {
    each_parameter_runs("refined");
}

#[test]
fn each_parameter_of_critic_changes_the_fingerprint() {
    each_parameter_runs("critic");
}

#[test]
fn each_parameter_of_decoder_changes_the_fingerprint() {
    each_parameter_runs("player");
}

#[test]
fn each_parameter_of_generate_changes_the_fingerprint() {
    each_parameter_runs("drawn");
}

#[test]
fn each_parameter_of_evaluate_changes_the_fingerprint() {
    each_parameter_runs("report");
}

#[test]
fn every_parameter_is_tested() {
    let kinds = Project::new().call(&["kinds"]);
    let names = |kind: &Value| -> BTreeSet<(String, String)> {
        let name = |param: &Value| param["name"].as_str().unwrap().to_owned();
        let of = kind["name"].as_str().unwrap();
        kind["params"].as_array().unwrap().iter().map(|p| (of.to_owned(), name(p))).collect()
    };
    let known: BTreeSet<_> =
        kinds.json["kinds"].as_array().unwrap().iter().flat_map(names).collect();
    let tested: BTreeSet<_> = OTHERS
        .iter()
        .flat_map(|(_, kind, params)| params.iter().map(|(p, _)| (kind.to_string(), p.to_string())))
        .chain(UNHASHED.iter().map(|(_, kind, name, _)| (kind.to_string(), name.to_string())))
        .collect();
    assert_eq!(tested, known);
}
