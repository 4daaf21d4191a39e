//! Every value in a fingerprint's preimage changes it, including those that only another release changes.

use partita::fingerprint::{
    CommandInput, Digest, FileInput, InputFiles, ReasonCode, Scalar, ScalarKind, StageInputs,
    compare,
};
use std::collections::{BTreeMap, BTreeSet};

fn scalar(kind: ScalarKind, text: &str) -> Scalar {
    Scalar { kind, text: text.into() }
}

fn file(path: &str, content: &str) -> FileInput {
    let digest = Some(Digest::compute(content.as_bytes()));
    FileInput { path: path.into(), digest, size: content.len() as u64, executable: false }
}

/// Inputs with a value in every field.
fn inputs() -> StageInputs {
    let files = vec![file("a.mid", "one"), file("b.mid", "two")];
    StageInputs {
        schema: 1,
        kind: "train".into(),
        version: 1,
        params: BTreeMap::from([
            ("batch".into(), scalar(ScalarKind::Integer, "1")),
            ("loss".into(), scalar(ScalarKind::Text, "mse")),
        ]),
        filter: Some("notes > 1".into()),
        seed: Some(7),
        inputs: BTreeMap::from([
            ("midi".into(), vec![InputFiles { upstream: None, files: files.clone() }]),
            ("songs".into(), vec![InputFiles { upstream: Some("compose".into()), files }]),
        ]),
        command: Some(CommandInput {
            line: "sort {midi}".into(),
            outputs: vec!["x".into(), "y".into()],
            env: BTreeMap::from([("LANG".into(), Some("C".into())), ("UNSET".into(), None)]),
            paths: BTreeMap::from([("midi".into(), vec!["a/x".into(), "b/".into()])]),
        }),
    }
}

type Change = fn(&mut StageInputs);

fn files<'a>(value: &'a mut StageInputs, input: &str) -> &'a mut Vec<FileInput> {
    &mut value.inputs.get_mut(input).unwrap()[0].files
}

fn command(value: &mut StageInputs) -> &mut CommandInput {
    value.command.as_mut().unwrap()
}

fn paths(value: &mut StageInputs) -> &mut Vec<String> {
    command(value).paths.get_mut("midi").unwrap()
}

fn set(value: &mut StageInputs, name: &str, kind: ScalarKind, text: &str) {
    value.params.insert(name.into(), scalar(kind, text));
}

/// Each change of one value, with the code of its reason.
const CHANGES: &[(ReasonCode, Change)] = &[
    (ReasonCode::Schema, |v| v.schema = 2),
    (ReasonCode::Kind, |v| v.kind = "extract".into()),
    (ReasonCode::Version, |v| v.version = 2),
    (ReasonCode::Parameter, |v| set(v, "batch", ScalarKind::Integer, "2")),
    (ReasonCode::Parameter, |v| set(v, "batch", ScalarKind::Text, "1")),
    (ReasonCode::Parameter, |v| set(v, "batch", ScalarKind::Number, "1")),
    (ReasonCode::Parameter, |v| set(v, "extra", ScalarKind::Boolean, "true")),
    (ReasonCode::Parameter, |v| drop(v.params.remove("loss"))),
    (ReasonCode::Filter, |v| v.filter = Some("notes > 2".into())),
    (ReasonCode::Filter, |v| v.filter = Some(String::new())),
    (ReasonCode::Filter, |v| v.filter = None),
    (ReasonCode::Seed, |v| v.seed = Some(8)),
    (ReasonCode::Seed, |v| v.seed = Some(0)),
    (ReasonCode::Seed, |v| v.seed = None),
    (ReasonCode::Files, |v| files(v, "midi")[0] = file("a.mid", "six")),
    (ReasonCode::Files, |v| files(v, "midi")[0] = file("c.mid", "one")),
    (ReasonCode::Files, |v| files(v, "midi")[0].size += 1),
    (ReasonCode::Files, |v| files(v, "midi")[0].digest = None),
    (ReasonCode::Files, |v| files(v, "midi").push(file("c.mid", "three"))),
    (ReasonCode::Files, |v| drop(files(v, "midi").pop())),
    (ReasonCode::Upstream, |v| files(v, "songs")[0] = file("a.mid", "six")),
    (ReasonCode::Upstream, |v| v.inputs.get_mut("songs").unwrap()[0].upstream = Some("x".into())),
    (ReasonCode::Upstream, |v| {
        let again = v.inputs["songs"][0].clone();
        v.inputs.get_mut("songs").unwrap().push(again);
    }),
    (ReasonCode::Input, |v| drop(v.inputs.remove("songs"))),
    (ReasonCode::Input, |v| drop(v.inputs.insert("more".into(), Vec::new()))),
    (ReasonCode::CommandLine, |v| command(v).line.push(' ')),
    (ReasonCode::CommandLine, |v| v.command = None),
    (ReasonCode::Outputs, |v| drop(command(v).outputs.pop())),
    (ReasonCode::Outputs, |v| command(v).outputs = vec!["xy".into()]),
    (ReasonCode::Environment, |v| drop(command(v).env.insert("LANG".into(), Some("D".into())))),
    (ReasonCode::Environment, |v| drop(command(v).env.insert("LANG".into(), None))),
    (ReasonCode::Environment, |v| {
        drop(command(v).env.insert("UNSET".into(), Some(String::new())));
    }),
    (ReasonCode::Environment, |v| drop(command(v).env.remove("UNSET"))),
    (ReasonCode::InputPaths, |v| paths(v)[0] = "c/x".into()),
    (ReasonCode::InputPaths, |v| paths(v)[1] = "b".into()),
    (ReasonCode::InputPaths, |v| paths(v).swap(0, 1)),
    (ReasonCode::InputPaths, |v| drop(paths(v).pop())),
    (ReasonCode::InputPaths, |v| command(v).paths = BTreeMap::new()),
];

#[test]
fn every_change_changes_the_fingerprint() {
    let mut seen = BTreeSet::from([inputs().fingerprint().to_string()]);
    for (number, (code, change)) in CHANGES.iter().enumerate() {
        let mut changed = inputs();
        change(&mut changed);
        let new = seen.insert(changed.fingerprint().to_string());
        assert!(new, "change {number} ({code:?}) has the fingerprint of another");
    }
}

#[test]
fn every_change_has_its_reason_code() {
    for (number, (code, change)) in CHANGES.iter().enumerate() {
        let mut changed = inputs();
        change(&mut changed);
        let codes: Vec<ReasonCode> =
            compare(&inputs(), &changed).iter().map(ReasonCode::from).collect();
        assert_eq!(codes, [*code], "change {number}");
    }
    assert_eq!(compare(&inputs(), &inputs()), []);
}

#[test]
fn fingerprint_survives_a_record_on_disk() {
    let text = serde_json::to_string(&inputs()).unwrap();
    let read: StageInputs = serde_json::from_str(&text).unwrap();
    assert_eq!(read.fingerprint(), inputs().fingerprint());
}

#[test]
fn command_without_paths_is_recorded_as_before() {
    let mut value = inputs();
    command(&mut value).paths = BTreeMap::new();
    let text = serde_json::to_string(&value).unwrap();
    assert!(!text.contains("\"paths\""), "{text}");
    // The digest of version 0.1.
    let known = "2b7b02dbc1f4b22e6847a8e173931d1f0ab10cb5008f5f898245aa80e0c26695";
    assert_eq!(value.fingerprint().to_string(), known);
}

#[test]
fn values_are_delimited() {
    let mut split = inputs();
    command(&mut split).outputs = vec!["x".into()];
    let mut moved = split.clone();
    command(&mut split).line = "ab".into();
    command(&mut moved).line = "a".into();
    command(&mut moved).outputs = vec!["bx".into()];
    assert_ne!(split.fingerprint(), moved.fingerprint());
    let mut swapped = inputs();
    command(&mut swapped).outputs.swap(0, 1);
    assert_ne!(swapped.fingerprint(), inputs().fingerprint());
}
