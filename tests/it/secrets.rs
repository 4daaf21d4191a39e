//! Values of environment variables: a change is noticed, the value is nowhere on disk or screen.

use crate::project::{Outcome, Project};
use std::os::unix::fs::PermissionsExt;

const FETCH: &str = "\
stages:
  fetch:
    uses: command
    run: \"echo fetched > {out}/x\"
    outputs: [x]
    env: [API_TOKEN]
";

fn holds(project: &Project, folder: &str, text: &str) -> Vec<String> {
    let files = project.files(folder).into_iter();
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    files.filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

#[test]
fn value_is_noticed_and_stored_nowhere() {
    let project = Project::of(FETCH);
    assert_eq!(project.run_with_env("API_TOKEN", "hunter2-first").executed(), ["fetch"]);
    assert_eq!(project.run_with_env("API_TOKEN", "hunter2-first").fresh(), ["fetch"]);
    assert_eq!(holds(&project, "artifacts", "hunter2"), [""; 0]);
    for arguments in [&["explain", "p"][..], &["explain", "p", "--json"], &["status", "p"]] {
        let call = Outcome::of(project.command(arguments).env("API_TOKEN", "hunter2-second"));
        assert!(call.stdout.contains("API_TOKEN"), "{}", call.stdout);
        assert!(!(call.stdout + &call.stderr).contains("hunter2"), "{arguments:?}");
    }
    let call = project.call(&["status", "p"]);
    let reason = &call.stage("fetch")["reasons"][0];
    assert_eq!((&reason["code"], &reason["what"]), (&"environment".into(), &"API_TOKEN".into()));
    assert!(reason["old"].is_null() && reason["new"].is_null(), "{reason}");
}

#[test]
fn digests_of_equal_values_differ_from_store_to_store() {
    let digest = || {
        let project = Project::of(FETCH);
        project.run_with_env("API_TOKEN", "hunter2");
        let records = project.files("artifacts/store/records/command");
        let record = records.values().next().unwrap();
        let record: serde_json::Value = serde_json::from_slice(record).unwrap();
        record["record"]["inputs"]["command"]["env"]["API_TOKEN"].as_str().unwrap().to_owned()
    };
    let (first, second) = (digest(), digest());
    assert!(first.len() == 64 && first != second, "{first} {second}");
}

#[test]
fn secret_is_created_for_its_owner_and_only_where_it_is_needed() {
    let project = Project::of(FETCH);
    assert_eq!(project.call(&["status", "p"]).code, 0);
    assert!(!project.exists("artifacts"), "a reader creates nothing");
    project.run(&[]);
    let mode = || {
        let data = fs_err::metadata(project.path("artifacts/store/secret")).unwrap();
        data.permissions().mode() & 0o777
    };
    assert_eq!(mode(), 0o600);
    let secret = project.bytes("artifacts/store/secret");
    project.call(&["store", "prune", "--keep", "0"]);
    assert_eq!(project.run(&["--force", "fetch"]).executed(), ["fetch"]);
    assert_eq!((mode(), project.bytes("artifacts/store/secret")), (0o600, secret));
    let without = crate::tiny::chain();
    without.run(&[]);
    assert!(!without.exists("artifacts/store/secret"));
}

#[test]
fn lost_secret_costs_one_run() {
    let project = Project::of(FETCH);
    project.run_with_env("API_TOKEN", "a");
    project.remove("artifacts/store/secret");
    assert_eq!(project.run_with_env("API_TOKEN", "a").executed(), ["fetch"]);
    assert_eq!(project.run_with_env("API_TOKEN", "a").fresh(), ["fetch"]);
}
