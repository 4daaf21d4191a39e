//! A change to a value that is not hashed runs nothing.

use crate::project::{Outcome, Project};
use crate::tiny::{STAGES, WHOLE, chain, corpus};

fn assert_fresh(run: &Outcome) {
    assert_eq!(run.ended("fresh").len(), run.pairs("outcome").len(), "{}", run.stderr);
    assert_eq!(run.json["outcome"], "fresh");
}

/// Runs, applies a change, and asserts that the second run does nothing.
fn assert_fresh_after(project: &Project, change: impl FnOnce(&Project)) {
    project.run(&[]);
    change(project);
    assert_fresh(&project.run(&[]));
}

#[test]
fn unchanged_project_runs_nothing() {
    let project = Project::of(WHOLE);
    assert_fresh_after(&project, |_| {});
    assert_eq!(project.run(&[]).fresh(), STAGES);
    assert_eq!(
        project.listing("artifacts/runs").iter().filter(|f| f.ends_with("summary.json")).count(),
        1
    );
}

#[test]
fn scenario_03_resaving_touching_or_checking_out_runs_nothing() {
    let songs = ["one", "two", "three"].map(|name| format!("data/midi/{name}.mid"));
    assert_fresh_after(&corpus(), |p| songs.iter().for_each(|song| p.touch(song)));
    assert_fresh_after(&corpus(), |p| songs.iter().for_each(|song| p.write(song, p.bytes(song))));
    // Like a checkout: another file, with other times, replaces the old one.
    assert_fresh_after(&corpus(), |p| {
        for song in &songs {
            p.write("data/fresh", p.bytes(song));
            p.remove(song);
            p.rename("data/fresh", song);
        }
    });
    assert_fresh_after(&chain(), |p| {
        p.touch("data/text.txt");
        p.touch("pipelines/p.yaml");
    });
}

#[test]
fn rehashing_every_file_runs_nothing() {
    let project = corpus();
    project.run(&[]);
    assert_fresh(&project.run(&["--rehash"]));
}

#[test]
fn lost_file_index_costs_only_hashing() {
    for damage in ["", "nonsense\n", "0000\nrubbish"] {
        let project = corpus();
        for name in ["one", "two", "three"] {
            project.touch(&format!("data/midi/{name}.mid"));
        }
        assert_fresh_after(&project, |p| p.write("artifacts/store/files.tsv", damage));
    }
    assert_fresh_after(&corpus(), |p| {
        let _ = fs_err::remove_file(p.path("artifacts/store/files.tsv"));
    });
}

#[test]
fn project_folder_is_not_hashed() {
    let project = corpus();
    project.run(&[]);
    assert_fresh(&project.moved("elsewhere").run(&[]));
    let project = chain();
    project.run(&[]);
    assert_fresh(&project.moved("else where").run(&[]));
}

#[test]
fn corpus_folder_is_not_hashed() {
    let project = corpus();
    project.run(&[]);
    let elsewhere = project.outside("my music [1999]");
    fs_err::rename(project.path("data/midi"), &elsewhere).unwrap();
    let setting = format!("corpus={}", elsewhere.display());
    assert_fresh(&project.run(&["--set", &setting]));
}

#[test]
fn working_directory_is_not_hashed() {
    let project = chain();
    project.run(&[]);
    let inside =
        Outcome::of(project.command(&["run", "p", "--json"]).current_dir(project.path("data")));
    assert_fresh(&inside);
    let root = project.path("");
    let outside =
        project.command(&["-C"]).arg(&root).args(["run", "p", "--json"]).current_dir("/").output();
    assert_fresh(&outside.unwrap().into());
}

#[test]
fn number_of_jobs_is_not_hashed() {
    let project = Project::of(WHOLE);
    project.run(&["--jobs", "1"]);
    assert_fresh(&project.run(&["--jobs", "2"]));
    assert_fresh(&project.run(&["--jobs", "7"]));
}

#[test]
fn progress_mode_is_not_hashed() {
    let project = chain();
    project.run(&["--progress", "plain"]);
    for how in ["none", "json", "bars", "auto"] {
        assert_fresh(&project.run(&["--progress", how]));
    }
}

#[test]
fn device_is_not_hashed() {
    let project = chain();
    project.run(&["--device", "cpu"]);
    assert_fresh(&project.run(&["--device", "auto"]));
}

#[test]
fn run_id_and_note_are_not_hashed() {
    let project = chain();
    project.run(&["--run-id", "A", "--note", "first"]);
    assert_fresh(&project.run(&["--run-id", "B", "--note", "second"]));
}

#[test]
fn scenario_02_comment_or_whitespace_edit_runs_nothing() {
    assert_fresh_after(&corpus(), |p| {
        p.change("stages:\n", "# the stages\nstages: # here\n\n");
    });
    assert_fresh_after(&corpus(), |p| p.change("{ measures: 2, ", "{   measures:   2 , "));
    assert_fresh_after(&corpus(), |p| {
        p.write("pipelines/p.yaml", p.text("pipelines/p.yaml").replace('\n', "\r\n"));
    });
    assert_fresh_after(&chain(), |p| {
        p.change("  sorted:\n    uses: command\n", "\n  # sorts\n  sorted:\n    uses:   command\n");
    });
}

#[test]
fn order_of_keys_is_not_hashed() {
    assert_fresh_after(&corpus(), |p| {
        p.change("measures: 2, steps: 16", "steps: 16, measures: 2");
        p.change(
            "    uses: extract\n    from: { catalog: catalog }\n",
            "    from: { catalog: catalog }\n    uses: extract\n",
        );
    });
}

#[test]
fn yaml_style_is_not_hashed() {
    assert_fresh_after(&corpus(), |p| {
        p.change("params: { measures: 2, ", "params:\n      { \"measures\": 0x2, ");
        p.change("\"status = 'ok'\"", "'status = ''ok'''");
    });
}

#[test]
fn explicit_default_is_not_a_change() {
    assert_fresh_after(&corpus(), |p| {
        p.change("steps: 16", "steps: 16, drums: drop, hop: 0, pitches: 96")
    });
    assert_fresh_after(&corpus(), |p| p.change("vars:", "seed: 0\nvars:"));
}

#[test]
fn description_is_not_hashed() {
    assert_fresh_after(&corpus(), |p| p.change("vars:", "about: Something else\nvars:"));
}

#[test]
fn resources_are_not_hashed() {
    assert_fresh_after(&chain(), |p| {
        p.change(
            "outputs: [lone.txt]",
            "outputs: [lone.txt]\n    needs: { cpus: 2 }\n    exclusive: [plotter]",
        );
    });
}

#[test]
fn variable_is_hashed_as_its_value() {
    assert_fresh_after(&chain(), |p| {
        p.change("stages:", "vars: { word: lone }\nstages:");
        p.change("echo lone", "echo ${word}");
    });
}

#[test]
fn undeclared_environment_variable_is_not_hashed() {
    let project = chain();
    project.run(&[]);
    assert_fresh(&project.run_with_env("WORD", "x"));
    assert_fresh(&project.run_with_env("RAYON_NUM_THREADS", "1"));
}

#[test]
fn renamed_pipeline_restores_its_outputs() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    let before = project.files("artifacts/p");
    project.rename("pipelines/p.yaml", "pipelines/q.yaml");
    let run = project.call(&["run", "q"]);
    assert_eq!((run.executed(), run.restored()), (vec![], STAGES.map(String::from).to_vec()));
    assert_eq!(project.files("artifacts/q"), before);
}

#[test]
fn renamed_deterministic_stage_restores_its_outputs() {
    let project = chain();
    project.run(&[]);
    project.change("  lone:\n", "  alone:\n");
    let run = project.run(&[]);
    assert_eq!((run.executed(), run.restored()), (vec![], vec!["alone".to_owned()]));
    assert_eq!(project.text("artifacts/p/alone/lone.txt"), "lone\n");
}

#[test]
fn input_that_a_command_does_not_name_is_hashed() {
    let project = Project::of(
        "stages: { a: { uses: command, files: { i: \"data/*\" }, run: \"cat data/* > {out}/o\",
         outputs: [o] } }\n",
    );
    project.write("data/x", "1");
    project.write("data/y", "2");
    project.run(&[]);
    project.write("data/y", "3");
    assert_eq!(project.run(&[]).executed(), ["a"]);
    assert_eq!(project.text("artifacts/p/a/o"), "13");
}
