//! Selected stages, and settings of one run.

use crate::project::{Outcome, Project};
use crate::tiny::{WHOLE, chain};

fn names(run: &Outcome) -> Vec<String> {
    run.pairs("outcome").into_iter().map(|(name, _)| name).collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn only_runs_the_stage_on_recorded_upstream_outputs() {
    let project = chain();
    project.run(&[]);
    project.change("sort {text}", "sort -r {text}");
    project.change("wc -l", "wc -c");
    let run = project.run(&["--only", "count"]);
    assert_eq!((names(&run), run.executed()), (vec!["count".into()], vec!["count".into()]));
    assert_eq!(project.text("artifacts/p/count/copy.txt"), "a\nb\nc\n", "the old order");
    assert!(run.stderr.contains("'sorted'") && run.stderr.contains("stale"), "{}", run.stderr);
}

#[test]
fn only_may_be_repeated() {
    let project = chain();
    let run = project.run(&["--only", "lone", "--only", "lower"]);
    assert_eq!(run.executed(), ["lower", "lone"]);
}

#[test]
fn indirect_stale_upstream_is_a_warning() {
    let project = chain();
    project.run(&[]);
    project.change("tr A-Z a-z", "tr a-z A-Z");
    project.change("wc -l", "wc -c");
    let run = project.run(&["--only", "count"]);
    assert_eq!(run.executed(), ["count"]);
    assert!(run.stderr.contains("'lower'") && run.stderr.contains("stale"), "{}", run.stderr);
}

#[test]
fn stale_upstream_is_a_warning_even_if_nothing_runs() {
    let project = chain();
    project.run(&[]);
    project.change("sort {text}", "sort -r {text}");
    let run = project.run(&["--only", "count"]);
    assert_eq!(run.fresh(), ["count"]);
    assert!(run.stderr.contains("'sorted'") && run.stderr.contains("stale"), "{}", run.stderr);
}

#[test]
fn no_warning_without_a_stale_upstream() {
    let project = chain();
    project.run(&[]);
    project.change("wc -l", "wc -c");
    let run = project.run(&["--only", "count"]);
    assert_eq!(run.executed(), ["count"]);
    assert!(!run.stderr.contains("stale"), "{}", run.stderr);
}

#[test]
fn from_runs_the_stage_and_everything_downstream() {
    let project = chain();
    project.run(&[]);
    project.write("data/text.txt", "z\n");
    project.change("sort {text}", "sort -r {text}");
    let run = project.run(&["--from", "sorted"]);
    assert_eq!(names(&run), ["sorted", "count"]);
    assert_eq!(run.executed(), ["sorted", "count"]);
    assert_eq!(project.text("artifacts/p/sorted/sorted.txt"), "c\nb\na\n");
    assert!(run.stderr.contains("'lower'") && run.stderr.contains("stale"), "{}", run.stderr);
}

#[test]
fn until_runs_the_stage_and_everything_upstream() {
    let project = chain();
    let run = project.run(&["--until", "sorted"]);
    assert_eq!((names(&run), run.executed()), (vec!["lower".into(), "sorted".into()], names(&run)));
    assert!(!project.exists("artifacts/p/count"));
    assert_eq!(project.run(&[]).executed(), ["count", "lone"]);
}

#[test]
fn from_and_until_select_the_stages_between() {
    let project = chain();
    project.run(&[]);
    let run = project.run(&["--from", "lower", "--until", "sorted", "--force", "sorted"]);
    assert_eq!(
        (names(&run), run.executed()),
        (vec!["lower".into(), "sorted".into()], vec!["sorted".into()])
    );
}

#[test]
fn force_runs_a_fresh_stage() {
    let project = chain();
    project.run(&[]);
    let run = project.run(&["--force", "lower"]);
    assert_eq!(run.executed(), ["lower"]);
    assert_eq!(run.fresh(), ["sorted", "count", "lone"], "its outputs are equal");
    let run = project.run(&["--force", "lower", "--force", "count", "--jobs", "1"]);
    assert_eq!(run.executed(), ["lower", "count"]);
}

#[test]
fn downstream_reads_the_outputs_of_the_forced_run() {
    let project = Project::of(
        "stages:\n  clock: { uses: command, run: \"cat data/now > {out}/t\", outputs: [t] }\n  \
         after: { uses: command, from: { t: clock }, run: \"cat {t} > {out}/u\", outputs: [u] }\n",
    );
    project.write("data/now", "1");
    project.run(&[]);
    project.write("data/now", "2");
    assert_eq!(project.run(&[]).executed(), nothing(), "it declared no input");
    assert_eq!(project.run(&["--force", "clock"]).executed(), ["clock", "after"]);
    assert_eq!(project.text("artifacts/p/after/u"), "2");
    assert_eq!(project.run(&[]).executed(), nothing());
}

#[test]
fn set_changes_variables_parameters_and_the_seed_for_one_run() {
    let say = "vars: { word: a }\nstages:\n  say:\n    uses: command\n    \
               run: \"echo ${word} > {out}/o\"\n    outputs: [o]\n";
    let project = Project::of(WHOLE).pipeline("v", say);
    let say = |options: &[&str]| project.call(&[&["run", "v"], options].concat());
    assert_eq!(say(&[]).executed(), ["say"]);
    assert_eq!(say(&["--set", "word=b c"]).executed(), ["say"]);
    assert_eq!(project.text("artifacts/v/say/o"), "b c\n");
    assert_eq!(say(&[]).restored(), ["say"]);
    let until = ["--until", "songs"];
    let songs = |setting| project.run(&[&until[..], &["--set", setting]].concat());
    songs("stages.songs.params.songs=3");
    assert_eq!(project.listing("artifacts/p/songs/midi").len(), 3);
    assert_eq!(songs("seed=1").executed(), ["songs"], "six of them");
    assert_eq!(songs("seed=9").executed(), ["songs"]);
}

#[test]
fn status_uses_the_same_settings_as_run() {
    let project = Project::of(WHOLE);
    let setting = ["--set", "stages.songs.params.songs=3"];
    project.run(&[&["--until", "catalog"], &setting[..]].concat());
    let verdict = |options: &[&str]| project.verdicts(options)[0].1.clone();
    assert_eq!((verdict(&setting), verdict(&[])), ("fresh".into(), "run".into()));
}

#[test]
fn from_and_until_without_common_stages_is_an_error() {
    let call = chain().call(&["run", "p", "--from", "lone", "--until", "sorted"]);
    assert_eq!((call.code, call.error("code")), (2, "nothing_selected"), "{}", call.stdout);
}

#[test]
fn inputs_of_stages_that_are_not_selected_are_not_needed() {
    let project = chain();
    project.run(&["--until", "sorted"]);
    // Read by nothing that is selected: not even listed.
    project.change(
        "lone:\n    uses: command\n",
        "lone:\n    uses: command\n    files: { f: data/none }\n",
    );
    let error = |options: &[&str]| {
        project.call(&[&["run", "p"], options].concat()).error("code").to_owned()
    };
    assert_eq!(error(&[]), "path_missing");
    assert_eq!(project.run(&["--until", "count"]).executed(), ["count"]);
    assert_eq!(project.run(&["--only", "sorted"]).fresh(), ["sorted"]);
    assert_eq!(project.call(&["explain", "p", "count"]).code, 0);
    // Read upstream of what is selected: the recorded outputs do.
    project.remove("data/text.txt");
    assert_eq!(error(&["--until", "count"]), "path_missing");
    for options in [&["--only", "count"][..], &["--from", "sorted", "--until", "count"]] {
        let run = project.run(options);
        assert!(run.executed().is_empty(), "{}", run.stderr);
        assert!(run.stderr.contains("stale outputs of 'lower'"), "{}", run.stderr);
    }
    assert_eq!(project.run(&["--only", "count", "--dry-run"]).code, 0);
}
