//! A change to a hashed value reruns the stage, and downstream stages if its outputs differ.

use crate::project::{Outcome, Project};
use crate::tiny::{STAGES, WHOLE, chain, corpus, song};

/// Runs, applies a change, runs again; returns the stages that ran.
fn executed_after(project: &Project, change: impl FnOnce(&Project)) -> Vec<String> {
    project.run(&[]);
    change(project);
    project.run(&[]).executed()
}

#[test]
fn first_run_executes_every_stage() {
    assert_eq!(Project::of(WHOLE).run(&[]).executed(), STAGES);
    assert_eq!(chain().run(&[]).executed(), ["lower", "sorted", "count", "lone"]);
}

#[test]
fn condition_is_hashed() {
    let changed = executed_after(&corpus(), |p| p.change("'ok'", "'ok' and notes > 3"));
    assert_eq!(changed, ["rolls"]);
    let left_out = executed_after(&corpus(), |p| p.change("    where: \"status = 'ok'\"\n", ""));
    assert_eq!(left_out, ["rolls"]);
}

#[test]
fn seed_is_hashed_for_random_stages() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    assert_eq!(project.run(&["--set", "seed=2"]).executed(), STAGES);
    let corpus = corpus();
    assert!(executed_after(&corpus, |p| p.change("vars:", "seed: 2\nvars:")).is_empty());
}

#[test]
fn name_of_a_random_stage_is_hashed() {
    let project = Project::of(WHOLE);
    project.run(&[]);
    project.change("  songs: { uses", "  tunes: { uses");
    project.change("songs: songs", "songs: tunes");
    let run = project.run(&["--until", "catalog"]);
    assert_eq!(run.executed(), ["tunes", "catalog"]);
}

#[test]
fn content_of_an_input_file_is_hashed() {
    let changed = executed_after(&corpus(), |p| p.write("data/midi/two.mid", song(50)));
    assert_eq!(changed, ["catalog", "rolls"]);
    assert_eq!(
        executed_after(&chain(), |p| p.write("data/text.txt", "x\n")),
        ["lower", "sorted", "count"]
    );
}

#[test]
fn change_with_equal_size_and_mtime_is_detected() {
    let project = corpus();
    project.touch("data/midi/two.mid");
    let path = project.path("data/midi/two.mid");
    let stamp = fs_err::metadata(&path).unwrap().modified().unwrap();
    let changed = executed_after(&project, |p| {
        p.write("data/midi/two.mid", song(50));
        let file = fs_err::OpenOptions::new().append(true).open(&path).unwrap();
        file.into_parts().0.set_modified(stamp).unwrap();
    });
    assert_eq!(changed, ["catalog", "rolls"]);
}

#[test]
fn added_input_file_is_detected() {
    let changed = executed_after(&corpus(), |p| p.write("data/midi/deep/four.mid", song(52)));
    assert_eq!(changed, ["catalog", "rolls"]);
}

#[test]
fn removed_input_file_is_detected() {
    assert_eq!(executed_after(&corpus(), |p| p.remove("data/midi/two.mid")), ["catalog", "rolls"]);
}

#[test]
fn renamed_input_file_is_detected() {
    let renamed =
        executed_after(&corpus(), |p| p.rename("data/midi/two.mid", "data/midi/zwei.mid"));
    assert_eq!(renamed, ["catalog", "rolls"]);
}

#[test]
fn file_outside_the_pattern_is_not_hashed() {
    assert!(executed_after(&corpus(), |p| p.write("data/midi/notes.txt", "x")).is_empty());
}

#[test]
fn literal_part_of_a_pattern_is_not_hashed_but_the_rest_is() {
    let moved = executed_after(&corpus(), |p| {
        p.rename("data/midi", "data/elsewhere");
        p.change("data/midi", "data/elsewhere");
    });
    assert!(moved.is_empty(), "{moved:?}");
    let deeper = executed_after(&corpus(), |p| {
        p.rename("data/midi", "data/old");
        fs_err::create_dir_all(p.path("data/midi")).unwrap();
        p.rename("data/old", "data/midi/album");
    });
    assert_eq!(deeper, ["catalog", "rolls"]);
}

#[test]
fn content_of_upstream_outputs_is_hashed() {
    let changed = executed_after(&chain(), |p| p.change("sort {text}", "sort -r {text}"));
    assert_eq!(changed, ["sorted", "count"]);
}

#[test]
fn another_upstream_stage_is_detected() {
    let project = chain();
    project.run(&[]);
    project.change("text: sorted", "text: lower");
    assert_eq!(project.run(&[]).executed(), ["count"]);
}

#[test]
fn name_of_an_input_is_hashed() {
    let project = chain();
    project.run(&[]);
    project.change("from: { text: sorted }", "from: { lines: sorted }");
    project.change(
        "cat {text} > {out}/copy.txt; wc -l < {text}",
        "cat {lines} > {out}/copy.txt; true",
    );
    project.change("true >", "wc -l < {lines} >");
    let reasons = project.call(&["status", "p"]).stage("count")["reasons"].to_string();
    assert!(reasons.contains("\"input\""), "{reasons}");
    assert_eq!(project.run(&[]).executed(), ["count"]);
}

#[test]
fn command_line_is_hashed() {
    assert_eq!(executed_after(&chain(), |p| p.change("echo lone", "echo LONE")), ["lone"]);
}

#[test]
fn declared_outputs_are_hashed() {
    let project = Project::of(
        "stages:\n  a: { uses: command, run: \"echo x > {out}/d/x\", outputs: [d/x] }\n",
    );
    assert_eq!(executed_after(&project, |p| p.change("[d/x]", "[d/]")), ["a"]);
    assert_eq!(project.listing("artifacts/p/a"), ["d/x"]);
}

#[test]
fn declared_environment_variable_is_hashed() {
    let project = Project::of(
        "stages:\n  say:\n    uses: command\n    run: \"echo $$WORD > {out}/o\"\n    \
         outputs: [o]\n    env: [WORD]\n",
    );
    assert_eq!(project.run(&[]).executed(), ["say"]);
    assert_eq!(project.run_with_env("WORD", "a").executed(), ["say"]);
    assert_eq!(project.text("artifacts/p/say/o"), "a\n");
    assert_eq!(project.run_with_env("WORD", "b").executed(), ["say"]);
    assert_eq!(project.run_with_env("WORD", "").executed(), ["say"], "empty is not unset");
    assert_eq!(project.run_with_env("WORD", "a").restored(), ["say"]);
    project.change("env: [WORD]", "env: []");
    assert_eq!(project.run_with_env("WORD", "a").executed(), ["say"], "no longer declared");
}

#[test]
fn environment_variable_that_is_not_utf8_is_hashed() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::of(
        "stages:\n  say:\n    uses: command\n    run: \"printf %s $$WORD > {out}/o\"\n    \
         outputs: [o]\n    env: [WORD]\n",
    );
    assert_eq!(project.run(&[]).executed(), ["say"]);
    for word in [&b"\xff"[..], b"\xfe", b"\\xff"] {
        let mut command = project.command(&["run", "p", "--json"]);
        let run = Outcome::of(command.env("WORD", std::ffi::OsStr::from_bytes(word)));
        assert_eq!(run.executed(), ["say"], "{word:?}");
        assert_eq!(project.bytes("artifacts/p/say/o"), word);
    }
}

#[test]
fn stage_kind_is_hashed() {
    let project = Project::of(WHOLE);
    project.run(&["--until", "songs"]);
    project.change(
        "{ uses: compose, params: { songs: 6 } }",
        "{ uses: command, run: \"touch {out}/x.mid\", outputs: [x.mid] }",
    );
    let run = project.run(&["--until", "songs"]);
    assert_eq!(run.executed(), ["songs"]);
    assert_eq!(project.listing("artifacts/p/songs"), ["x.mid"]);
}
