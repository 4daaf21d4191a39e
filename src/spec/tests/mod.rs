//! Loading pipeline files, and the messages about invalid ones.

mod command_errors;
mod file_errors;
mod files;
mod instances;
mod locate;
mod model;
mod pipeline_errors;
mod settings;
mod stage_errors;

use super::*;
use std::path::Path;
use tempfile::TempDir;

const fn parameter(name: &'static str, param_type: ParamType, default: DefaultValue) -> Parameter {
    Parameter::new(name, "", param_type, default)
}

const fn input(name: &'static str, source: Source, required: bool) -> Input {
    let required = if required { Required::Yes } else { Required::No };
    Input { name, about: "what it is", source, required }
}

const fn output(name: &'static str, path: &'static str) -> Output {
    Output { name, path, about: "" }
}

const fn from(kinds: &'static [&'static str], output: Option<&'static str>) -> Source {
    Source::Stage { kinds, output }
}

static SCAN: StageKind = StageKind {
    name: "scan",
    inputs: &[input("midi", Source::Files, true)],
    outputs: &[output("catalog", "catalog.parquet")],
    ..StageKind::BASE
};

static EXTRACT: StageKind = StageKind {
    name: "extract",
    params: &[parameter("measures", ParamType::Integer(1, 64), DefaultValue::Integer(16))],
    inputs: &[input("catalog", from(&["scan"], Some("catalog")), true)],
    outputs: &[output("samples", "samples/"), output("songs", "songs.parquet")],
    has_filter: true,
    ..StageKind::BASE
};

static TRAIN: StageKind = StageKind {
    name: "train",
    params: &[
        parameter("epochs", ParamType::Integer(1, 1000), DefaultValue::Integer(20)),
        parameter("latent", ParamType::Integer(1, i64::MAX), DefaultValue::Integer(120)),
        parameter("beta", ParamType::Number(0.0, 10.0), DefaultValue::Number(1.0)),
        parameter("loss", ParamType::Choice(&["mse", "bce"]), DefaultValue::Text("mse")),
        parameter("shuffle", ParamType::Boolean, DefaultValue::Boolean(true)),
        parameter("note", ParamType::Text, DefaultValue::Text("")),
    ],
    inputs: &[input("samples", from(&["extract"], None), true)],
    outputs: &[output("model", "model.safetensors"), output("log", "log.csv")],
    is_seeded: true,
    ..StageKind::BASE
};

static GENERATE: StageKind = StageKind {
    name: "generate",
    params: &[parameter("count", ParamType::Integer(1, 4096), DefaultValue::Integer(16))],
    inputs: &[input("model", from(&["train"], Some("model")), true)],
    outputs: &[output("songs", "songs/")],
    is_seeded: true,
    ..StageKind::BASE
};

static EVALUATE: StageKind = StageKind {
    name: "evaluate",
    inputs: &[
        input("samples", from(&["extract"], None), true),
        input("model", from(&["train"], Some("model")), true),
        input("songs", from(&["generate"], None), false),
    ],
    outputs: &[output("metrics", "metrics.json"), output("report", "report.html")],
    ..StageKind::BASE
};

static COMMAND: StageKind = StageKind { name: "command", is_command: true, ..StageKind::BASE };

/// Reads any `train` stage and has a parameter with the name of one of its axes.
static TUNE: StageKind = StageKind {
    name: "tune",
    params: &[parameter("latent", ParamType::Integer(1, 9), DefaultValue::Integer(1))],
    inputs: &[input("model", from(&["train"], None), true)],
    ..StageKind::BASE
};

static KINDS: [&StageKind; 7] = [&SCAN, &EXTRACT, &TRAIN, &GENERATE, &EVALUATE, &TUNE, &COMMAND];

/// The example of the design.
const SWEEP: &str = r#"
about: Video game music
seed: 7
vars: { corpus: data/vgm }
stages:
  catalog:
    uses: scan
    files: { midi: "${corpus}/**/*.{mid,midi,kar,rmi}" }   # extensions match in any case
  pianorolls:
    uses: extract
    from: { catalog: catalog }
    where: "status = 'ok' and division <> 22050"
    params: { measures: 8 }
  train:
    uses: train
    from: { samples: pianorolls }
    matrix: { latent: [40, 120], beta: [0.1, 0.2] }
    params: { epochs: 30 }
    needs: { cpus: 2, memory: 4GiB, gpu: optional }
  songs:   { uses: generate, from: { model: train.model }, params: { count: 4 } }
  report:  { uses: evaluate, from: { samples: pianorolls, model: train.model, songs: songs } }
  compare: { uses: command, gather: { reports: report }, run: "python3 compare.py {reports} > {out}/table.csv",
             outputs: [table.csv], env: [LANG], exclusive: [plotter] }
"#;

/// A project whose only pipeline is `demo`.
fn project(yaml: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pipelines")).unwrap();
    std::fs::write(folder.path().join("pipelines/demo.yaml"), yaml).unwrap();
    folder
}

fn load_in(root: &Path, settings: &[&str]) -> Result<Pipeline, SpecError> {
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().unwrap()).collect();
    load(&root.join("pipelines/demo.yaml"), root, &KINDS, &settings)
}

fn loaded_with(yaml: &str, settings: &[&str]) -> Pipeline {
    match load_in(project(yaml).path(), settings) {
        Ok(pipeline) => pipeline,
        Err(error) => panic!("{error}"),
    }
}

fn loaded(yaml: &str) -> Pipeline {
    loaded_with(yaml, &[])
}

/// The error's text without the file name.
fn refused_with(yaml: impl AsRef<[u8]>, settings: &[&str]) -> String {
    match load_in(project(yaml).path(), settings) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string().replace("pipelines/demo.yaml:", ""),
    }
}

/// Asserts that each pair (expected, found) is equal; shows all that differ.
fn assert_all_equal<'a>(cases: impl IntoIterator<Item = (&'a str, String)>) {
    let wrong: Vec<String> = cases
        .into_iter()
        .filter(|(expected, found)| expected != found)
        .map(|(expected, found)| format!("EXPECTED<{expected}>\nFOUND<{found}>\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Asserts that each text is refused with its message.
fn assert_refused(cases: &[(&str, &str)]) {
    assert_all_equal(cases.iter().map(|&(yaml, expected)| (expected, refused_with(yaml, &[]))));
}

/// Asserts that each text below `HEAD` is refused with its message.
fn assert_refused_below_head(cases: &[(&str, &str)]) {
    let files: Vec<String> = cases.iter().map(|(yaml, _)| format!("{HEAD}{yaml}\n")).collect();
    let cases: Vec<(&str, &str)> =
        files.iter().zip(cases).map(|(file, case)| (file.as_str(), case.1)).collect();
    assert_refused(&cases);
}

const HEAD: &str = "\
vars: { corpus: data }
stages:
  catalog: { uses: scan, files: { midi: \"${corpus}/*.mid\" } }
  rolls: { uses: extract, from: { catalog: catalog } }
  train: { uses: train, from: { samples: rolls } }
";

fn ids(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.stages.iter().map(|stage| stage.id.0.as_str()).collect()
}

fn stage<'a>(pipeline: &'a Pipeline, id: &str) -> &'a StageInstance {
    pipeline.stages.iter().find(|stage| stage.id.0 == id).unwrap()
}

/// Ids of the upstreams of an input, with the output that is read.
fn feeds(pipeline: &Pipeline, id: &str, input: &str) -> Vec<String> {
    stage(pipeline, id).from[input]
        .iter()
        .map(|upstream| {
            let id = &pipeline.stages[upstream.stage].id;
            upstream.output.as_ref().map_or_else(|| id.to_string(), |o| format!("{id}.{o}"))
        })
        .collect()
}
