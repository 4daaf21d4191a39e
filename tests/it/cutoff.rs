//! Early cutoff: a stage with unchanged inputs does not run, and earlier outputs are restored.

use crate::project::Project;
use crate::tiny::{STAGES, WHOLE, chain, corpus};

#[test]
fn scenario_04_equal_upstream_outputs_skip_downstream_stages() {
    let project = chain();
    project.run(&[]);
    project.change("sort {text}", "sort -s {text}");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["sorted"]);
    assert_eq!(run.fresh(), ["lower", "count", "lone"]);
    assert!(run.stderr.contains("count: fresh: up to date: upstream outputs unchanged"), "{run:?}");
    let events = project.text(&format!("{}/events.jsonl", project.run_folder(&run)));
    let cut: Vec<&str> = events.lines().filter(|line| line.contains("up to date")).collect();
    assert!(cut.len() == 1 && cut[0].contains("\"stage\":\"count\""), "{events}");
    assert_eq!(project.run(&[]).executed(), [""; 0]);
}

#[test]
fn scenario_06_swapping_two_parameters_reruns() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    project.change("measure_hidden: 8, measure_code: 4", "measure_hidden: 4, measure_code: 8");
    let text = project.call_plain(&["explain", "p", "train"]).stdout;
    assert!(text.contains("parameter measure_code changed: 4 -> 8"), "{text}");
    assert!(text.contains("parameter measure_hidden changed: 8 -> 4"), "{text}");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["train", "drawn", "report"]);
    assert_eq!(run.fresh(), ["songs", "catalog", "rolls"]);
}

#[test]
fn cutoff_is_at_the_first_stage_with_equal_outputs() {
    let project = chain();
    project.run(&[]);
    project.write("data/text.txt", "C\nB\nA\n");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["lower", "sorted"]);
    assert_eq!(run.fresh(), ["count", "lone"]);
}

#[test]
fn reader_of_one_output_stays_fresh_when_another_changes() {
    let project = chain();
    let reader = "  reader:\n    uses: command\n    from: { n: count.count.txt }\n    \
                  run: \"cat {n} > {out}/n\"\n    outputs: [n]\n";
    project.change("  lone:", &format!("{reader}  lone:"));
    project.run(&[]);
    project.write("data/text.txt", "x\ny\nz\n");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["lower", "sorted", "count"]);
    assert_eq!(run.fresh(), ["reader", "lone"]);
}

#[test]
fn model_stays_fresh_when_its_samples_are_unchanged() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    // The condition excludes no song.
    project.change(
        "from: { catalog: catalog }\n",
        "from: { catalog: catalog }\n    where: \"status = 'ok' and notes > 0\"\n",
    );
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["rolls"]);
    assert_eq!(run.fresh(), ["songs", "catalog", "train", "drawn", "report"]);
}

#[test]
fn editing_generate_reruns_only_it_and_the_report() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    project.change("count: 2", "count: 3");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["drawn", "report"]);
    assert_eq!(run.fresh(), ["songs", "catalog", "rolls", "train"]);
}

#[test]
fn reverted_edit_restores_the_earlier_outputs() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let before = project.files("artifacts/p");
    project.change("songs: 6", "songs: 5");
    assert_eq!(project.run(&[]).executed(), STAGES);
    assert_ne!(project.files("artifacts/p"), before);
    project.change("songs: 5", "songs: 6");
    let run = project.run(&[]);
    assert_eq!((run.executed(), run.restored()), (vec![], STAGES.map(String::from).to_vec()));
    assert_eq!(project.files("artifacts/p"), before);
}

#[test]
fn reverted_file_restores_the_earlier_outputs() {
    let project = corpus();
    project.run(&[]);
    let song = project.bytes("data/midi/one.mid");
    project.remove("data/midi/one.mid");
    assert_eq!(project.run(&[]).executed(), ["catalog", "rolls"]);
    project.write("data/midi/one.mid", song);
    assert_eq!(project.run(&[]).restored(), ["catalog", "rolls"]);
}

#[test]
fn two_stages_with_equal_inputs_run_once() {
    let project = Project::of(
        "stages:\n  a: { uses: command, run: \"echo x > {out}/x\", outputs: [x] }\n  \
         b: { uses: command, run: \"echo x > {out}/x\", outputs: [x] }\n",
    );
    let run = project.run(&["--jobs", "1"]);
    assert_eq!((run.executed(), run.restored()), (vec!["a".to_owned()], vec!["b".to_owned()]));
    assert_eq!(project.text("artifacts/p/b/x"), "x\n");
}

#[test]
fn two_pipelines_with_equal_stages_run_once() {
    let project = chain();
    project.write("pipelines/q.yaml", project.text("pipelines/p.yaml"));
    project.run(&[]);
    let other = project.call(&["run", "q"]);
    assert_eq!(other.restored(), ["lower", "sorted", "count", "lone"]);
}

#[test]
fn new_axis_value_runs_only_its_instance() {
    let project = Project::of(
        "stages:\n  songs: { uses: compose, matrix: { songs: [1, 2] } }\n  \
         count:\n    uses: command\n    gather: { all: songs }\n    \
         run: \"find {all} -name '*.mid' | wc -l > {out}/n\"\n    outputs: [n]\n",
    );
    assert_eq!(project.run(&[]).executed(), ["songs[songs=1]", "songs[songs=2]", "count"]);
    assert_eq!(project.text("artifacts/p/count/n"), "3\n");
    project.change("[1, 2]", "[1, 3, 2]");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["songs[songs=3]", "count"]);
    assert_eq!(run.fresh(), ["songs[songs=1]", "songs[songs=2]"]);
    assert_eq!(project.text("artifacts/p/count/n"), "6\n");
    project.change("[1, 3, 2]", "[1, 2]");
    assert_eq!(project.run(&[]).restored(), ["count"]);
}

#[test]
fn failed_run_is_never_reused() {
    let project = chain();
    project.change(
        "sort {text} > {out}/sorted.txt",
        "sort {text} > {out}/sorted.txt; test -e data/ready",
    );
    for _ in 0..2 {
        let run = project.call(&["run", "p"]);
        assert_eq!((run.code, run.ended("failed")), (1, vec!["sorted".to_owned()]));
    }
    project.write("data/ready", "");
    let run = project.run(&["--jobs", "1"]);
    assert_eq!(run.ended("failed"), [""; 0]);
    assert!(run.executed().starts_with(&["sorted".to_owned(), "count".to_owned()]), "{run:?}");
}
