//! Files that a pattern matches: never outputs of its own stage, no two files of one name.

use crate::midi::one;
use crate::project::Project;
use crate::tiny::song;

/// Counts the text files below a folder.
fn counting(base: &str) -> Project {
    Project::of(&format!(
        "vars: {{ corpus: \"{base}\" }}\nstages:\n  count:\n    uses: command\n    \
         files: {{ texts: \"${{corpus}}/**/*.txt\" }}\n    \
         run: \"find {{texts}} -type f | wc -l > {{out}}/count.txt\"\n    outputs: [count.txt]\n"
    ))
    .file("a.txt", "a")
}

#[test]
fn glob_from_the_root_leaves_artifacts_out() {
    for base in [".", "./data/..", "data/../."] {
        let project = counting(base);
        project.run(&[]);
        assert_eq!(project.run(&[]).fresh(), ["count"], "{base}");
        assert_eq!(project.text("artifacts/p/count/count.txt"), "1\n", "{base}");
    }
}

#[test]
fn link_to_artifacts_is_not_followed() {
    let project = counting(".");
    for (target, link) in [("artifacts", "all"), ("artifacts/p", "data/outputs")] {
        std::os::unix::fs::symlink(project.path(target), project.path(link)).unwrap();
    }
    project.run(&[]);
    assert_eq!(project.run(&[]).fresh(), ["count"]);
    assert_eq!(project.text("artifacts/p/count/count.txt"), "1\n");
}

#[test]
fn glob_in_artifacts_reads_other_pipelines_but_not_itself() {
    let other =
        "stages: { a: { uses: command, run: \"echo x > {out}/x.txt\", outputs: [x.txt] } }\n";
    let project = counting("artifacts").pipeline("other", other);
    assert_eq!(project.call(&["run", "other"]).code, 0);
    project.run(&[]);
    assert_eq!(project.run(&[]).fresh(), ["count"]);
    // Neither the store nor run folders, which keep copies.
    assert_eq!(project.text("artifacts/p/count/count.txt"), "1\n");
}

#[test]
fn outputs_of_the_stage_itself_are_refused_as_inputs() {
    for input in ["artifacts/p/count/count.txt", "\"artifacts/p/count/*.txt\""] {
        let project = counting(".");
        project.run(&[]);
        project.change("\"${corpus}/**/*.txt\"", input);
        let call = project.call(&["run", "p"]);
        assert_eq!((call.code, call.error("code")), (2, "own_output"), "{}", call.stdout);
        assert!(call.error("hint").contains("'from'"), "{}", call.stdout);
    }
}

#[test]
fn drawn_songs_do_not_get_into_the_corpus() {
    let project = Project::of(
        "stages:\n  songs: { uses: compose, params: { songs: 3 } }\n  \
         catalog: { uses: scan, files: { midi: \"**/*.mid\" } }\n",
    );
    project.write("mine.mid", song(60));
    project.run(&[]);
    let run = project.run(&[]);
    assert_eq!(run.fresh(), ["songs", "catalog"]);
    let count = "select count(*) as n from self";
    let rows = project.call_plain(&["stats", "p/catalog", "--format", "csv", "--sql", count]);
    assert_eq!(rows.stdout, "n\n1\n");
}

#[test]
fn equal_names_from_two_folders_are_refused_before_anything_runs() {
    let project = Project::of(
        "stages:\n  first: { uses: command, run: \"true > {out}/o\", outputs: [o] }\n  all:\n    \
         uses: command\n    files: { months: [data/2023/*.csv, data/2024/*.csv] }\n    \
         run: \"cat {months}/*.csv > {out}/all.csv\"\n    outputs: [all.csv]\n",
    );
    for path in ["2023/jan", "2024/jan", "2024/feb"] {
        project.write(&format!("data/{path}.csv"), path);
    }
    for command in ["run", "status"] {
        let call = project.call(&[command, "p"]);
        assert_eq!((call.code, call.error("code")), (2, "equal_names"), "{}", call.stdout);
        assert_eq!(
            call.error("message"),
            "input 'months' of stage 'all' has two files with the name 'jan.csv': \
             data/2023/jan.csv and data/2024/jan.csv"
        );
        assert!(call.error("hint").contains("'data/**/*.csv'"), "{}", call.stdout);
    }
    assert!(!project.exists("artifacts/p"));
    project.change("[data/2023/*.csv, data/2024/*.csv]", "\"data/**/*.csv\"");
    project.change("{months}/*.csv", "{months}/*/*.csv");
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/all/all.csv"), "2023/jan2024/feb2024/jan");
}

#[test]
fn equal_names_in_a_corpus_are_refused() {
    let project = Project::of(
        "stages: { catalog: { uses: scan, files: { midi: [data/a/*.mid, data/b/*.mid] } } }\n",
    );
    project.write("data/a/x.mid", song(60));
    project.write("data/b/y.mid", song(61));
    project.run(&[]);
    project.write("data/b/x.mid", one(crate::midi::Track::new().end()));
    assert_eq!(project.call(&["run", "p"]).error("code"), "equal_names");
}

#[test]
fn patterns_that_match_one_file_twice_are_no_collision() {
    let project = counting("data");
    project.change("\"${corpus}/**/*.txt\"", "[data/*.txt, data/a*.txt, ./data/a.txt]");
    project.write("data/a.txt", "a");
    project.run(&[]);
    assert_eq!(project.text("artifacts/p/count/count.txt"), "1\n");
}
