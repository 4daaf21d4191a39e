//! `command`: no process outlives its stage, no file of ours is inherited, and there is no hidden limit. Commands that take
//! hours are tested with a simulated clock in `stages/command/waiting.rs`.

use crate::project::{Outcome, Project, Running, eventually};
use crate::tiny::WHOLE;
use rustix::process::Signal;
use std::collections::BTreeMap;

/// Creates a project whose stage `a` runs a line and writes `o`.
fn one(run: &str) -> Project {
    let run = run.replace('\n', "\n      ");
    Project::of(&format!(
        "stages:\n  a:\n    uses: command\n    outputs: [o]\n    run: |\n      {run}\n"
    ))
}

/// Creates a project whose stage signals its start and then never ends.
fn endless(before: &str) -> Project {
    one(&format!("{before}\necho half > {{out}}/o\ntouch data/began\nwhile :; do sleep 1000; done"))
}

fn begun(project: &Project) -> Running {
    let running = project.start(&[]);
    eventually("the command to begin", || project.exists("data/began"));
    running
}

/// Returns the processes in a project's folder, with their command lines.
fn processes(project: &Project) -> BTreeMap<String, String> {
    let root = project.path("").canonicalize().unwrap();
    let is_there = |id: &String| {
        std::fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|folder| folder == root)
    };
    every_process().into_iter().filter(|(id, _)| is_there(id)).collect()
}

/// Returns the watchdogs of a process.
fn watchdogs(program: u32) -> BTreeMap<String, String> {
    let mark = format!("PARTITA_STAGE={program}-");
    every_process().into_iter().filter(|(_, line)| line.contains(&mark)).collect()
}

fn every_process() -> Vec<(String, String)> {
    let ids = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().into_string().ok());
    let ids = ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    let line = |id: &String| std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    ids.map(|id| (id.clone(), String::from_utf8_lossy(&line(&id)).replace('\0', " "))).collect()
}

/// Processes in the background, in a session of their own, and ignoring SIGTERM.
const STRAYS: &str = "\
sleep 1000 &
setsid sleep 1000 &
sh -c \"trap '' TERM HUP; while :; do sleep 1000; done\" &
setsid sh -c 'sleep 1000 & sleep 1000' &";

#[test]
fn scenario_17_long_output_long_time_and_signals_neither_block_nor_orphan() {
    let loud = "head -c 67108864 /dev/zero | tr '\\0' x\n\
                head -c 67108864 /dev/zero | tr '\\0' y >&2\n\
                echo >&2; echo 'the very end' >&2\n";
    let project = one(&format!("{loud}echo made > {{out}}/o"));
    let run = project.run(&[]);
    let folder = format!("{}/command", project.run_folder(&run));
    let size =
        |name: &str| fs_err::metadata(project.path(&format!("{folder}/{name}"))).unwrap().len();
    assert_eq!(size("stdout.txt"), 64 << 20);
    assert_eq!(size("stderr.txt"), (64 << 20) + 14);
    assert!(project.bytes(&format!("{folder}/stderr.txt")).ends_with(b"yyy\nthe very end\n"));

    let project = one(&format!("{loud}exit 3"));
    let run = project.call(&["run", "p"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.stage("a")["detail"], "the command ended with exit code 3: the very end");

    // Both at once, because each waits for the grace period.
    let ignoring = [Signal::INT, Signal::TERM].map(|signal| {
        let project = endless(&format!("trap '' TERM INT HUP\n{STRAYS}"));
        let running = begun(&project);
        running.signal(signal);
        (project, running)
    });
    for (project, running) in ignoring {
        let id = running.id();
        let run = running.wait();
        assert_eq!((run.code, run.ended("interrupted")), (130, vec!["a".into()]), "{}", run.stderr);
        assert_eq!(processes(&project), BTreeMap::new());
        assert_eq!(watchdogs(id), BTreeMap::new());
        assert!(!project.exists("artifacts/p/a"));
    }
}

#[test]
fn kill_of_the_program_leaves_no_process_behind() {
    let project = endless(STRAYS);
    let running = begun(&project);
    let id = running.id();
    assert_eq!(watchdogs(id).len(), 1);
    running.signal(Signal::KILL);
    assert_eq!(running.wait().code, -1);
    eventually("the command and what it started to end", || processes(&project).is_empty());
    eventually("the watchdog to end", || watchdogs(id).is_empty());
    project.write(
        "pipelines/p.yaml",
        "stages: { a: { uses: command, run: \": > {out}/o\", outputs: [o] } }\n",
    );
    assert_eq!(project.run(&[]).executed(), ["a"], "no lock is left either");
}

#[test]
fn remaining_processes_of_a_command_are_terminated_and_listed() {
    for (last, outcome) in [("echo made > {out}/o", "ran"), ("exit 1", "failed")] {
        let project = one(&format!("sleep 1000 &\nsetsid sleep 1000 &\n{last}"));
        let run = project.call(&["run", "p"]);
        assert_eq!(run.ended(outcome), ["a"], "{}", run.stdout);
        assert_eq!(processes(&project), BTreeMap::new());
        let told = "a: warning: terminated, still running when the command ended: ";
        let named = run.stderr.lines().find_map(|line| Some(line.split_once(told)?.1));
        // By their program's name, or the shell's where they had not become it yet.
        let named: Vec<&str> =
            named.unwrap_or_else(|| panic!("{}", run.stderr)).split(", ").collect();
        assert_eq!(named.len(), 2, "{named:?}");
        assert!(named.iter().all(|name| name.starts_with('s') && name.ends_with(')')), "{named:?}");
    }
}

#[test]
fn process_that_outlives_the_shell_cannot_write_to_the_outputs() {
    let project = one("(trap 'echo late >> {out}/o; exit' TERM; while :; do sleep 0.01; done) &\n\
         echo made > {out}/o");
    project.run(&[]);
    let made = project.text("artifacts/p/a/o");
    assert!(made == "made\n" || made == "made\nlate\n", "{made}");
    let verified = project.call(&["run", "p", "--rehash"]);
    assert_eq!(verified.fresh(), ["a"], "the record matches the outputs");
    assert_eq!(processes(&project), BTreeMap::new());
}

#[test]
fn command_without_remaining_processes_causes_no_warning() {
    let run = one("sleep 0.01 & wait; (echo made; cat) > {out}/o < /dev/null").run(&[]);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

/// Returns what a line prints when it runs as a command.
fn output_of(line: &str) -> String {
    let project = one(&format!("{line} > {{out}}/o"));
    project.run(&[]);
    project.text("artifacts/p/a/o")
}

/// Prints the descriptors that a shell has.
const DESCRIPTORS: &str = "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done";

#[test]
fn command_inherits_only_three_streams() {
    // The test's own caller may have left inheritable descriptors open.
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{DESCRIPTORS} > listing");
    let shell = std::process::Command::new("sh").args(["-c", &line]).current_dir(&folder).status();
    assert!(shell.unwrap().success());
    let usual = fs_err::read_to_string(folder.path().join("listing")).unwrap();
    assert!(["0", "1", "2"].iter().all(|fd| usual.lines().any(|line| line == *fd)), "{usual}");
    assert_eq!(output_of(&DESCRIPTORS.replace('$', "$$")), usual);
    let links = output_of("for fd in /proc/$$$$/fd/*; do readlink $fd || :; done");
    assert!(!links.contains("store/locks"), "{links}");
    assert_eq!(links.lines().next(), Some("/dev/null"), "{links}");
}

#[test]
fn command_starts_without_blocked_or_ignored_signals() {
    let status = output_of("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    for line in status.lines() {
        let mask = u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap();
        let pipe = 1 << (Signal::PIPE.as_raw() - 1);
        assert!(if line.starts_with("SigBlk") { mask == 0 } else { mask & pipe == 0 }, "{status}");
    }
    assert_eq!(status.lines().count(), 2);
}

#[test]
fn command_has_its_own_session_and_no_terminal() {
    let stat = output_of("cat /proc/$$$$/stat");
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let (group, session, terminal) = (fields[2], fields[3], fields[4]);
    assert_eq!((group, terminal), (session, "0"));
    assert_eq!(stat.split(' ').next(), Some(session));
    let asks = one("read word < /dev/tty || echo none > {out}/o").run(&[]);
    assert_eq!(asks.executed(), ["a"], "the terminal is refused, and the command is not stopped");
}

#[test]
fn line_may_be_longer_than_an_argument() {
    let long = "x".repeat(300_000);
    let project = one(&format!("printf %s {long} | wc -c > {{out}}/o"));
    let run = project.run(&[]);
    assert_eq!(project.text("artifacts/p/a/o").trim(), "300000", "{}", run.stderr);
    let project = one(&format!(": {long}\necho why >&2; exit 5"));
    let run = project.call(&["run", "p"]);
    assert_eq!(run.stage("a")["detail"], "the command ended with exit code 5: why");
}

#[test]
fn signal_that_killed_a_command_is_named() {
    let detail = |line: &str| {
        let run = one(line).call(&["run", "p"]);
        run.stage("a")["detail"].as_str().unwrap().to_owned()
    };
    let silent = "no output on stderr";
    assert_eq!(detail("kill -TERM $$$$"), format!("the command was killed by SIGTERM: {silent}"));
    let killed = one("kill -KILL $$$$").call(&["run", "p"]);
    let hint = killed.stage("a")["hint"].as_str().unwrap();
    assert!(hint.starts_with("the machine may have run out of memory; "), "{hint}");
    let inner = detail("sh -c 'kill -ABRT $$$$'; exit $?");
    assert!(inner.starts_with("the command ended with exit code 134 (SIGABRT)"), "{inner}");
}

#[test]
fn value_is_one_word_in_any_context_also_under_an_unusual_path() {
    let project = Project::of(
        "stages:\n  a:\n    uses: command\n    outputs: [o]\n    params: { word: \"it's $$5\" }\n    \
         run: |\n      printf '%s|' {word} --x={word} \"{word}\" '{word}' > \"{out}/o\"\n",
    );
    let project = project.moved("my 'odd' $place");
    project.run(&[]);
    let word = "it's $5";
    assert_eq!(project.text("artifacts/p/a/o"), format!("{word}|--x={word}|{word}|{word}|"));
}

/// A sweep over a command, and a table of it.
const SWEEP: &str = "\
vars: { tail: x }
stages:
  draw:
    uses: command
    params: { seed: 007, tail: \"${tail} y\" }
    matrix: { alpha: [0.10, 0.2] }
    run: \"echo {alpha} {seed} {tail} > {out}/o\"
    outputs: [o]
  table:
    uses: command
    gather: { draws: draw }
    run: |
      for draw in {draws}; do printf '%s: ' ${draw##*/in/draws/}; cat $draw; done > {out}/o
    outputs: [o]
";

#[test]
fn command_is_swept_over_its_own_parameters() {
    let project = Project::of(&SWEEP.replace("${draw", "$${draw"));
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["draw[alpha=0.10]", "draw[alpha=0.2]", "table"]);
    let table = "draw[alpha=0.10]/o: 0.10 007 x y\ndraw[alpha=0.2]/o: 0.2 007 x y\n";
    assert_eq!(project.text("artifacts/p/table/o"), table);
    assert_eq!(run.stage("draw[alpha=0.2]")["detail"], "echo 0.2 007 'x y' > {out}/o");

    project.change("0.2]", "0.2, 0.3]");
    assert_eq!(project.run(&[]).executed(), ["draw[alpha=0.3]", "table"]);

    project.change("seed: 007", "seed: 8");
    let reasons = &project.call(&["status", "p"]).stage("draw[alpha=0.3]")["reasons"].clone();
    assert_eq!(reasons[0]["code"], "parameter", "{reasons}");
    assert_eq!((&reasons[0]["old"], &reasons[0]["new"]), (&"007".into(), &"8".into()));

    let run =
        project.run(&["--set", "stages.draw.params.alpha=1", "--set", "stages.draw.params.seed=2"]);
    assert_eq!(run.executed(), ["draw", "table"], "a setting replaces the axis");
    assert_eq!(project.text("artifacts/p/draw/o"), "1 2 x y\n");
}

#[test]
fn misspelled_placeholder_is_an_error_with_a_suggestion() {
    let project = Project::of(SWEEP.replace("${draw##*/in/draws/}", "x").as_str());
    project.change("{seed} {tail}", "{sede} {tail}");
    let call = project.call(&["run", "p"]);
    assert_eq!((call.code, call.error("hint")), (2, "did you mean '{seed}'?"), "{}", call.stdout);
    assert_eq!(call.json["error"]["line"], 7);
}

#[test]
fn other_kinds_write_nothing_outside_the_project() {
    let project = Project::of(WHOLE);
    let (home, temporary) = (project.outside("home"), project.outside("temporary"));
    for folder in [&home, &temporary] {
        fs_err::create_dir_all(folder).unwrap();
    }
    let before = project.listing("");
    let run = Outcome::of(
        project.command(&["run", "p", "--json"]).env("HOME", &home).env("TMPDIR", &temporary),
    );
    assert_eq!(run.executed().len(), 6, "{}{}", run.stdout, run.stderr);
    for folder in [&home, &temporary] {
        assert_eq!(fs_err::read_dir(folder).unwrap().count(), 0, "{}", folder.display());
    }
    let beside = fs_err::read_dir(project.outside("")).unwrap().count();
    assert_eq!(beside, 3, "the project, and the two folders of this test");
    let mut after = project.listing("");
    after.retain(|path| !path.starts_with("artifacts/"));
    assert_eq!(after, before);
}
