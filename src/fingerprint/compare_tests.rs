use super::*;
use crate::fingerprint::{Digest, FileInput};
use std::collections::BTreeMap;

fn file(path: &str, content: &str) -> FileInput {
    let digest = Some(Digest::compute(content.as_bytes()));
    FileInput { path: path.into(), digest, size: content.len() as u64, executable: false }
}

fn set(upstream: Option<&str>, files: &[(&str, &str)]) -> InputFiles {
    let files = files.iter().map(|(path, content)| file(path, content)).collect();
    InputFiles { upstream: upstream.map(str::to_owned), files }
}

fn stage(sets: Vec<InputFiles>) -> StageInputs {
    StageInputs {
        schema: 1,
        kind: "command".into(),
        version: 1,
        params: BTreeMap::new(),
        filter: None,
        seed: None,
        inputs: [("all".to_owned(), sets)].into(),
        command: None,
    }
}

/// Returns the text of the only reason; the new instances are called `s[x=1]`, `s[x=2]`...
fn text_of(old: Vec<InputFiles>, new: Vec<InputFiles>) -> String {
    let instances: Vec<String> = (1..=new.len()).map(|x| format!("s[x={x}]")).collect();
    let sources = |_: &str| UpstreamNames { name: "s".into(), instances: instances.clone() };
    let reasons = compare_with(&stage(old), &stage(new), &sources);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0].to_string()
}

#[test]
fn renamed_file_is_one_change_and_a_copy_is_new() {
    let old = set(None, &[("a.mid", "A"), ("b.mid", "B"), ("c.mid", "C")]);
    let new = set(None, &[("a.mid", "A"), ("c.mid", "D"), ("copy.mid", "A"), ("z.mid", "B")]);
    let text = text_of(vec![old], vec![new]);
    assert_eq!(text, "files of all changed: b.mid -> z.mid, ~c.mid, +copy.mid");
}

#[test]
fn two_equal_renamed_files_are_two_changes() {
    let old = set(None, &[("a", "same"), ("b", "same"), ("c", "same")]);
    let new = set(None, &[("y", "same"), ("z", "same")]);
    assert_eq!(text_of(vec![old], vec![new]), "files of all changed: a -> y, b -> z, -c");
}

#[test]
fn upstream_stage_has_its_own_name() {
    let (old, new) = (set(Some("scan"), &[("t", "1")]), set(Some("scan"), &[("t", "2")]));
    assert_eq!(text_of(vec![old], vec![new]), "upstream s[x=1] changed: ~t");
}

#[test]
fn gathered_instances_match_in_any_order() {
    let of = |content: &str| set(Some("scan"), &[("t", content), ("u", "u")]);
    for (old, new, text) in [
        (vec![of("1"), of("2")], vec![of("1"), of("3"), of("2")], "+s[x=2]"),
        (vec![of("1"), of("2")], vec![of("1"), of("9")], "s[x=2]: ~t"),
        (vec![of("1"), of("2"), of("3")], vec![of("3"), of("1")], "-1 instance"),
        (vec![of("1"), of("2"), of("3")], vec![of("3")], "-2 instances"),
        (vec![of("1"), of("2")], vec![of("2"), of("1")], "another order"),
        (vec![of("1"), of("2")], vec![of("1"), of("8"), of("9")], "~s[x=2], ~s[x=3]"),
    ] {
        let reason = text_of(old, new);
        let (what, files) = reason.split_once(" changed: ").unwrap_or_default();
        assert!(what.starts_with("upstream s"), "{reason}");
        assert_eq!(files, text);
    }
}

#[test]
fn first_files_are_named_and_the_others_counted() {
    let names: Vec<String> = (0..12).map(|number| format!("f{number:02}")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &**name)).collect();
    let text = text_of(vec![set(None, &[])], vec![set(None, &files)]);
    assert_eq!(text, "files of all changed: +f00, +f01, +f02, +f03, +f04 and 7 more");
}

#[test]
fn many_changes_of_one_sort_hide_no_other() {
    let names: Vec<String> = (0..12).map(|number| format!("b{number:02}")).collect();
    let mut now: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &**name)).collect();
    now.extend([("x", "X2"), ("z", "Y")]);
    let old = set(None, &[("a", "A"), ("x", "X"), ("y", "Y")]);
    let text = text_of(vec![old], vec![set(None, &now)]);
    assert_eq!(text, "files of all changed: -a, +b00, +b01, ~x, y -> z and 10 more");
}

#[test]
fn added_or_removed_input_is_named() {
    let with = stage(vec![set(None, &[("a", "A")])]);
    let mut without = with.clone();
    without.inputs.clear();
    let text_of = |old, new| compare(old, new)[0].to_string();
    assert_eq!(text_of(&without, &with), "input all is new: now 1 file");
    assert_eq!(text_of(&with, &without), "input all was removed: was 1 file");
}

#[test]
fn seed_values_are_in_json_only() {
    let old = stage(Vec::new());
    let new = StageInputs { seed: Some(17_446_744_073_709_551_615), ..old.clone() };
    let reason = &compare(&old, &new)[0];
    assert_eq!(reason.to_string(), "seed changed");
    assert_eq!(serde_json::to_value(reason).unwrap()["new"], "17446744073709551615");
}

#[test]
fn value_of_an_old_record_is_not_shown() {
    let command = |value: &str| CommandInput {
        line: "true".into(),
        outputs: Vec::new(),
        env: [("TOKEN".to_owned(), Some(value.to_owned()))].into(),
        paths: BTreeMap::new(),
    };
    let with = |value| StageInputs { command: Some(command(value)), ..stage(Vec::new()) };
    let reasons = compare(&with("hunter2"), &with("0f"));
    assert_eq!(reasons[0].to_string(), "environment variable TOKEN changed");
    assert!(!serde_json::to_string(&reasons).unwrap().contains("hunter2"));
}

#[test]
fn names_of_instances_are_compared_as_paths() {
    let with = |paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let (line, outputs, env) = ("{all}".into(), Vec::new(), BTreeMap::new());
        let paths = [("all".to_owned(), paths)].into();
        StageInputs { command: Some(CommandInput { line, outputs, env, paths }), ..stage(vec![]) }
    };
    for (old, new, text) in [
        (&["a/"][..], &["b/"][..], "a/ -> b/"),
        (&["a/", "b/"], &["b/", "a/"], "another order"),
        (&["a/", "b/", "c/"], &["a/", "d/", "e/"], "-b/, -c/, +d/, +e/"),
    ] {
        let reasons = compare(&with(old), &with(new));
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].to_string(), format!("paths of all changed: {text}"));
    }
}
