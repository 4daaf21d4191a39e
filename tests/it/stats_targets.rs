//! Targets of `stats`, valid and unknown.

use crate::project::Project;
use crate::tiny::corpus;

/// A corpus, a stage with several tables, a sweep, and a stage without tables.
const SEVERAL: &str = "\
stages:
  catalog: { uses: scan, files: { midi: \"data/midi/*.mid\" } }
  several:
    uses: command
    from: { table: catalog.catalog }
    run: \"mkdir {out}/tables; cp {table} {out}/tables/a.parquet; cp {table} {out}/tables/b.parquet\"
    outputs: [tables/]
  swept:
    uses: extract
    from: { catalog: catalog }
    matrix: { measures: [1, 2] }
    params: { steps: 16, least_onsets: 1, validation: 0 }
  words: { uses: command, run: \"echo no table > {out}/words.txt\", outputs: [words.txt] }
";

fn several() -> Project {
    let project = corpus();
    project.write("pipelines/p.yaml", SEVERAL);
    project.run(&[]);
    project
}

#[test]
fn target_is_a_stage_an_instance_a_table_or_a_path() {
    let project = several();
    for target in [
        "p/catalog",
        "p/catalog/",
        "p/catalog/catalog.parquet",
        "p/several/a.parquet",
        "p/several/tables/b.parquet",
        "p/swept[measures=2]",
        "p/swept[measures=1]/samples.parquet",
        "pipelines/p.yaml/catalog",
        "artifacts/p/catalog",
        "artifacts/p/catalog/catalog.parquet",
    ] {
        let call = project.call(&["stats", target]);
        let told = if target.contains("swept") { "songs" } else { "files" };
        assert_eq!((call.code, &call.json[told]), (0, &3.into()), "{target}: {}", call.stdout);
    }
}

#[test]
fn unknown_target_is_refused_with_the_nearest_one() {
    let project = several();
    for (target, code, message, hint) in [
        ("p", "target", "no stage", "name a stage: p/catalog, p/several, p/swept[measures=1]"),
        ("", "target", "no stage", "for example"),
        ("q/catalog", "unknown_pipeline", "unknown pipeline 'q'", "pipelines: p"),
        ("p/catalgo", "unknown_stage", "no stage 'catalgo'", "did you mean 'catalog'?"),
        (
            "p/catalog/catlog.parquet",
            "no_table",
            "catlog.parquet",
            "did you mean 'catalog.parquet'?",
        ),
        (
            "p/several",
            "several_tables",
            "made 2 Parquet files",
            "p/several/tables/a.parquet, p/several/tables/b.parquet",
        ),
        ("p/several/../catalog/catalog.parquet", "no_table", "made no Parquet file", "name one"),
        (
            "p/swept",
            "several_instances",
            "2 instances",
            "'p/swept[measures=1]', 'p/swept[measures=2]'",
        ),
        (
            "p/swept[measures=3]",
            "several_instances",
            "no instance 'swept[measures=3]'",
            "'p/swept[measures=2]'",
        ),
        ("p/words", "no_table", "made no Parquet file", "scan"),
        (
            "catalog.parquet",
            "no_such_file",
            "no file 'catalog.parquet'",
            "no Parquet file in that folder",
        ),
        (
            "artifacts/p/catalog/catlog.parquet",
            "no_such_file",
            "no file",
            "did you mean 'catalog.parquet'?",
        ),
        ("pipelines/p.yaml", "target", "no stage", "name a stage"),
    ] {
        let call = project.call(&["stats", target]);
        assert_eq!((call.code, call.error("code")), (2, code), "{target}: {}", call.stdout);
        assert!(call.error("message").contains(message), "{target}: {}", call.stdout);
        assert!(call.error("hint").contains(hint), "{target}: {}", call.stdout);
    }
}

#[test]
fn stage_that_never_ran_is_refused_with_the_command_to_run_it() {
    let project = corpus();
    let call = project.call(&["stats", "p/catalog"]);
    assert_eq!((call.code, call.error("code")), (2, "no_outputs"), "{}", call.stdout);
    assert_eq!(call.error("hint"), "run it first: partita run p --until catalog");
}

#[test]
fn file_outside_any_project_can_be_queried() {
    let project = several();
    let outside = project.outside("elsewhere");
    fs_err::create_dir_all(&outside).unwrap();
    fs_err::copy(project.path("artifacts/p/catalog/catalog.parquet"), outside.join("x.parquet"))
        .unwrap();
    let call = |target: &str| {
        let mut command = project.command(&["stats", target, "--json"]);
        crate::project::Outcome::of(command.current_dir(&outside))
    };
    assert_eq!(call("x.parquet").json["files"], 3);
    assert_eq!(call("y.parquet").error("hint"), "did you mean 'x.parquet'?");
    assert_eq!(call("nowhere/y.parquet").error("code"), "no_such_file");
}
