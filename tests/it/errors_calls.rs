//! Wrong calls: exit code 2, one line with a hint, and nothing runs.

use crate::project::{Outcome, Project};
use crate::tiny::chain;

/// Expects a call to fail before anything runs.
fn refused(project: &Project, arguments: &[&str], code: &str, message: &str, hint: Option<&str>) {
    let call = project.call(arguments);
    assert_eq!(call.code, 2, "{}{}", call.stdout, call.stderr);
    assert_eq!((call.error("code"), call.error("message")), (code, message), "{}", call.stdout);
    assert_eq!(call.json["error"]["hint"].as_str(), hint);
    assert!(nothing_done(project), "{:?}", project.listing("artifacts"));
}

/// Returns true if there is no record, run folder or output.
fn nothing_done(project: &Project) -> bool {
    let ignored = ["store/version", "store/locks/", "store/files.tsv"];
    project
        .listing("artifacts")
        .iter()
        .all(|path| ignored.iter().any(|name| path.starts_with(name)))
}

#[test]
fn unknown_pipeline_suggests_the_nearest() {
    let project = chain().pipeline("demo", "stages: { a: { uses: compose } }\n");
    let hint = Some("did you mean 'demo'?");
    refused(&project, &["run", "dmeo"], "unknown_pipeline", "unknown pipeline 'dmeo'", hint);
    refused(&project, &["status", "dmeo"], "unknown_pipeline", "unknown pipeline 'dmeo'", hint);
}

#[test]
fn folder_without_pipelines_is_no_project() {
    let project = chain();
    let outside = project.outside("elsewhere");
    fs_err::create_dir_all(&outside).unwrap();
    let call = Outcome::of(project.command(&["run", "p", "--json"]).current_dir(&outside));
    assert_eq!((call.code, call.error("code")), (2, "no_project"));
    assert_eq!(
        call.error("message"),
        format!("no folder 'pipelines' in {} or above", outside.display())
    );
}

#[test]
fn reserved_pipeline_name_is_refused() {
    let project = Project::new().pipeline("store", "stages: { a: { uses: compose } }\n");
    let call = project.call(&["run", "store"]);
    assert_eq!((call.code, call.error("code")), (2, "reserved_pipeline_name"), "{}", call.stdout);
}

#[test]
fn unknown_stage_to_run_suggests_the_nearest() {
    let message = "pipeline 'p' has no stage 'sortd'";
    let hint = Some("did you mean 'sorted'?");
    for option in ["--only", "--from", "--until", "--force"] {
        refused(&chain(), &["run", "p", option, "sortd"], "unknown_stage", message, hint);
    }
    let all = Some("stages: lower, sorted, count, lone");
    refused(
        &chain(),
        &["run", "p", "--only", "zzz"],
        "unknown_stage",
        "pipeline 'p' has no stage 'zzz'",
        all,
    );
    refused(&chain(), &["explain", "p", "sortd"], "unknown_stage", message, hint);
}

#[test]
fn unknown_instance_to_run_suggests_the_nearest() {
    let project = Project::of(
        "stages:\n  say:\n    uses: command\n    matrix: { size: [10, 20] }\n    \
         run: \"echo {size} > {out}/o\"\n    outputs: [o]\n",
    );
    let message = |name: &str| format!("pipeline 'p' has no stage '{name}'");
    for (name, hint) in [
        ("say[size=21]", "did you mean 'say[size=20]'?"),
        ("say[sise=20]", "did you mean 'say[size=20]'?"),
        ("syay", "did you mean 'say'?"),
    ] {
        for call in [&["run", "p", "--only", name][..], &["explain", "p", name]] {
            refused(&project, call, "unknown_stage", &message(name), Some(hint));
        }
    }
    project.run(&["--only", "say[size=20]"]);
    assert_eq!(project.listing("artifacts/p"), ["say[size=20]/o"]);
}

#[test]
fn unknown_stage_or_pipeline_to_inspect_suggests_the_nearest() {
    let project = chain();
    let hint = Some("did you mean 'sorted'?");
    let message = "pipeline 'p' has no stage 'sortd'";
    refused(&project, &["stats", "p/sortd"], "unknown_stage", message, hint);
    let project = chain().pipeline("demo", "stages: { a: { uses: compose } }\n");
    for call in [["stats", "dmeo/a"], ["graph", "dmeo"], ["explain", "dmeo"]] {
        let hint = Some("did you mean 'demo'?");
        refused(&project, &call, "unknown_pipeline", "unknown pipeline 'dmeo'", hint);
    }
}

#[test]
fn stage_whose_upstream_never_ran_is_refused() {
    let hint = Some("run without --only or --from once");
    let message = |upstream| format!("stage 'count' needs '{upstream}', which has not run yet");
    refused(
        &chain(),
        &["run", "p", "--only", "count"],
        "nothing_recorded",
        &message("sorted"),
        hint,
    );
    refused(
        &chain(),
        &["run", "p", "--from", "count"],
        "nothing_recorded",
        &message("sorted"),
        hint,
    );
    refused(
        &chain(),
        &["run", "p", "--only", "count", "--dry-run"],
        "nothing_recorded",
        &message("sorted"),
        hint,
    );
}

#[test]
fn setting_without_key_or_value_is_refused() {
    let hint = Some("for example --set corpus=DIR or --set stages.train.params.epochs=5");
    refused(&chain(), &["run", "p", "--set", "x"], "setting", "--set x: expected KEY=VALUE", hint);
    refused(
        &chain(),
        &["run", "p", "--set", "=1"],
        "setting",
        "--set =1: expected KEY=VALUE",
        hint,
    );
}

#[test]
fn setting_with_an_unknown_key_is_refused() {
    for (setting, hint) in [
        ("corpsu=x", Some("did you mean 'corpus'?")),
        ("stages.nothing.params.songs=1", None),
        ("stages.songs.songs=1", None),
    ] {
        let project = Project::of("vars: { corpus: x }\nstages: { songs: { uses: compose } }\n");
        let call = project.call(&["run", "p", "--set", setting]);
        assert_eq!((call.code, call.error("code")), (2, "unknown_setting"), "{}", call.stdout);
        assert!(!call.error("hint").is_empty(), "{}", call.stdout);
        if hint.is_some() {
            assert_eq!(call.json["error"]["hint"].as_str(), hint);
        }
        assert!(nothing_done(&project));
    }
}

#[test]
fn setting_with_an_invalid_value_is_refused() {
    let project = Project::of("stages: { songs: { uses: compose } }\n");
    let call = project.call(&["run", "p", "--set", "stages.songs.params.songs=many"]);
    assert_eq!((call.code, call.error("code")), (2, "wrong_type"), "{}", call.stdout);
    let expected = "found string \"many\", expected a whole number between 1 and 100000";
    assert!(call.error("message").ends_with(expected), "{}", call.stdout);
    let plain = project.call_plain(&["run", "p", "--set", "stages.songs.params.songs=many"]);
    assert!(plain.stderr.contains("--set stages.songs.params.songs=many"), "{}", plain.stderr);
}

#[test]
fn invalid_arguments_are_usage_errors() {
    let project = chain();
    for arguments in [
        &["run"][..],
        &["run", "p", "--jobs", "0"],
        &["run", "p", "--jobs", "many"],
        &["run", "p", "--only", "lone", "--from", "lone"],
        &["run", "p", "--progress", "loud"],
        &["run", "p", "--device", "abacus"],
        &["run", "p", "--run-id", "a/b"],
        &["run", "p", "--wait=soon"],
        &["run", "p", "--no-such-option"],
        &["no-such-command"],
    ] {
        let call = project.call(arguments);
        assert_eq!((call.code, call.error("code")), (2, "usage"), "{arguments:?}: {}", call.stdout);
        assert!(!call.error("message").is_empty(), "{arguments:?}");
        let plain = project.call_plain(arguments);
        assert_eq!((plain.code, plain.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            plain.stderr.contains("rror: ") || plain.stderr.contains("Usage"),
            "{}",
            plain.stderr
        );
    }
    assert!(!project.exists("artifacts"));
}

#[test]
fn missing_device_is_refused() {
    let (project, arguments) = (chain(), ["run", "p", "--device", "cuda:999"]);
    let call = project.call(&arguments);
    assert_eq!((call.code, call.error("code")), (2, "no_cuda"), "{}", call.stdout);
    assert!(call.error("hint").ends_with("; or leave out --device"), "{}", call.stdout);
    assert!(nothing_done(&project), "{:?}", project.listing("artifacts"));
    if cfg!(not(feature = "cuda")) {
        let message = "this build has no CUDA support";
        let hint = "build with 'cargo build --release --features cuda'; or leave out --device";
        refused(&project, &arguments, "no_cuda", message, Some(hint));
        assert_eq!(project.call(&["run", "p", "--device", "auto"]).code, 0, "auto uses the CPU");
    }
}

#[test]
fn unknown_kind_suggests_the_nearest() {
    let message = "there is no stage kind 'trian'";
    refused(&chain(), &["kinds", "trian"], "unknown_kind", message, Some("did you mean 'train'?"));
}
