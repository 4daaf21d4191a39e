//! `run --watch` runs again for each relevant change, and for no other.

use crate::project::{Project, eventually};
use crate::tiny::chain;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::process::{Child, Stdio};

/// A watching process with its output in files beside the project; killed when dropped.
struct Watching<'a> {
    project: &'a Project,
    child: Child,
}

impl<'a> Watching<'a> {
    fn new(project: &'a Project, options: &[&str]) -> Self {
        let file = |name| fs_err::File::create(project.outside(name)).unwrap().into_parts().0;
        let mut command = project.command(&[&["run", "p", "--watch"], options].concat());
        command.stdout(Stdio::from(file("out"))).stderr(Stdio::from(file("err")));
        Self { project, child: command.spawn().unwrap() }
    }

    fn text_of(&self, name: &str) -> String {
        fs_err::read_to_string(self.project.outside(name)).unwrap()
    }

    /// Waits until N runs or errors were printed.
    fn rounds(&self, count: usize) {
        let all_printed = || self.text_of("err").matches("Ctrl-C ends").count() >= count;
        eventually(&format!("round {count}"), all_printed);
        assert_eq!(
            self.text_of("err").matches("Ctrl-C ends").count(),
            count,
            "{}",
            self.text_of("err")
        );
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.text_of("out");
        lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Returns the exit code after a signal, or after the process ended by itself.
    fn end(mut self, signal: Option<Signal>) -> Option<i32> {
        if let Some(signal) = signal {
            let id = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
            kill_process(id, signal).unwrap();
        }
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn runs(project: &Project) -> usize {
    project.call(&["runs"]).json["runs"].as_array().unwrap().len()
}

/// Touches a file and waits until the watch has seen it and stored the file's new time.
fn touch_and_wait(project: &Project, path: &str) {
    let index = || fs_err::read(project.path("artifacts/store/files.tsv")).ok();
    let before = index();
    project.touch(path);
    eventually("a look at the touched file", || index() != before);
}

#[test]
fn added_changed_or_removed_file_starts_one_run() {
    let project = chain();
    project.change("data/text.txt", "\"data/**/*.txt\"");
    project.change("tr A-Z a-z < {text}", "find {text} -type f | sort | xargs cat");
    let watching = Watching::new(&project, &["--json"]);
    watching.rounds(1);
    for (round, text) in [(2, "new\n"), (3, "changed\n")] {
        project.write("data/deep/er/new.txt", text);
        watching.rounds(round);
        let lower = project.text("artifacts/p/lower/lower.txt");
        assert!(lower.contains(text), "{lower}\n{}", watching.text_of("err"));
    }
    project.remove("data/deep");
    watching.rounds(4);
    assert_eq!(project.text("artifacts/p/lower/lower.txt"), "B\na\nC\n");
    let outcomes: Vec<Value> =
        watching.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["done"; 4]);
    assert!(
        watching.text_of("err").contains("changed: lower: files of text changed: +deep/er/new.txt")
    );
    assert_eq!(watching.end(Some(Signal::INT)), Some(0));
}

#[test]
fn invalid_pipeline_is_reported_until_it_is_valid() {
    let project = chain();
    let watching = Watching::new(&project, &["--json"]);
    watching.rounds(1);
    project.change("echo lone", "echo more");
    watching.rounds(2);
    project.change("stages:", "stagez:");
    watching.rounds(3);
    let error = &watching.lines()[2]["error"];
    assert_eq!((&error["file"], error["code"].is_string()), (&"pipelines/p.yaml".into(), true));
    project.change("stagez:", "stages:");
    watching.rounds(4);
    assert_eq!((watching.lines().len(), runs(&project)), (3, 2));
    project.change("echo more", "echo last");
    watching.rounds(5);
    assert_eq!(project.text("artifacts/p/lone/lone.txt"), "last\n");
    assert_eq!(watching.end(Some(Signal::TERM)), Some(0));
}

#[test]
fn watch_waits_for_an_initially_invalid_pipeline() {
    let project = chain();
    project.change("tr A-Z a-z", "tr A-Z {nothing}");
    project.remove("data/text.txt");
    let watching = Watching::new(&project, &[]);
    watching.rounds(1);
    project.change("{nothing}", "a-z");
    watching.rounds(2);
    assert!(watching.text_of("err").contains("data/text.txt"), "{}", watching.text_of("err"));
    project.write("data/text.txt", "B\n");
    watching.rounds(3);
    assert_eq!(project.text("artifacts/p/count/copy.txt"), "b\n");
}

#[test]
fn irrelevant_change_runs_and_prints_nothing() {
    let project = chain();
    let watching = Watching::new(&project, &["--json"]);
    watching.rounds(1);
    touch_and_wait(&project, "data/text.txt");
    project.write("data/other.txt", "not an input");
    project.change("stages:", "# a comment\nstages:");
    project.change("echo lone", "echo more");
    watching.rounds(2);
    assert_eq!(watching.lines().len(), 2);
    let ran = crate::project::Outcome::from_json(watching.lines()[1].clone());
    assert_eq!((ran.executed(), ran.fresh().len()), (vec!["lone".to_owned()], 3));
}

#[test]
fn failed_stage_is_retried_after_a_change() {
    let project = chain();
    project.change("echo lone >", "test -e data/there && echo lone >");
    let watching = Watching::new(&project, &["--json", "--keep-going"]);
    watching.rounds(1);
    touch_and_wait(&project, "data/text.txt");
    project.write("data/there", "");
    project.write("data/text.txt", "D\n");
    watching.rounds(2);
    let outcomes: Vec<Value> =
        watching.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["failed", "done"]);
    assert_eq!(runs(&project), 2);
}

#[test]
fn pipeline_is_unlocked_between_runs() {
    let project = chain();
    let watching = Watching::new(&project, &["--force", "lone", "--run-id", "W"]);
    watching.rounds(1);
    assert_eq!(project.run(&["--force", "lone"]).executed(), ["lone"]);
    project.change("sort {text}", "sort -r {text}");
    watching.rounds(2);
    let ids: Vec<String> = project.call(&["runs"]).json["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["run"].as_str().unwrap().split_once('_').unwrap().1.to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    assert!(["W", "W-2", "RUN01"].iter().all(|id| ids.contains(&(*id).to_owned())), "{ids:?}");
    // `--force` applies once.
    assert_eq!(watching.text_of("err").matches("lone: started").count(), 1);
}

#[test]
fn ctrl_c_during_a_run_exits_with_130() {
    let project = chain().file("data/hold", "");
    project.change(
        "echo lone",
        "touch data/began; while test -e data/hold; do sleep 0.02; done; echo",
    );
    let watching = Watching::new(&project, &["--json", "--jobs", "4"]);
    eventually("the stage to begin", || project.exists("data/began"));
    assert_eq!(watching.end(Some(Signal::INT)), Some(130));
    let last = project.call(&["runs", "show", "last"]).json;
    assert_eq!(last["outcome"], "interrupted");
}

#[test]
fn error_that_no_edit_can_fix_ends_the_watch() {
    let project = chain();
    for options in [
        &["run", "p", "--watch", "--dry-run"][..],
        &["run", "none", "--watch"],
        &["run", "p", "--watch", "--set", "nothing=1"],
        &["run", "p", "--watch", "--only", "nothing"],
    ] {
        let call = project.call(options);
        assert_eq!(call.code, 2, "{options:?}\n{}", call.stderr);
        assert!(call.error("message").len() > 10, "{}", call.stdout);
        assert!(!project.exists("artifacts/p"));
    }
}
