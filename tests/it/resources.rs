//! Stages share the resources of the machine, and a failure blocks only downstream stages.

use crate::project::{Project, eventually};

/// A stage that logs its start and end, and runs until `data/open` exists.
fn logging_stage(name: &str, rest: &str) -> String {
    format!(
        "  {name}:\n    uses: command\n    run: >\n      echo +{name} >> data/log;\n      \
         while ! test -e data/open; do sleep 0.01; done;\n      \
         echo -{name} >> data/log; echo {name} > {{out}}/o\n    outputs: [o]\n    {rest}\n"
    )
}

/// A stage that ends only while another one runs.
fn stage_that_meets(name: &str, other: &str) -> String {
    format!(
        "  {name}:\n    uses: command\n    run: >\n      touch data/{name};\n      \
         while ! test -e data/{other}; do sleep 0.01; done; echo {name} > {{out}}/o\n    \
         outputs: [o]\n"
    )
}

fn from(name: &str, upstream: &str) -> String {
    format!(
        "  {name}: {{ uses: command, from: {{ i: {upstream} }}, run: \"cat {{i}} > {{out}}/o\", \
         outputs: [o] }}\n"
    )
}

/// Returns 60 % of this machine's memory in bytes: two such stages never fit.
fn most_of_the_memory() -> u64 {
    let text = fs_err::read_to_string("/proc/meminfo").unwrap();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap();
    total.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024 / 10 * 6
}

/// Returns true if one stage began while the other ran.
fn overlapped(log: &str, one: &str, other: &str) -> bool {
    let at = |mark: String| log.lines().position(|line| line == mark).expect(&mark);
    let span = |name: &str| (at(format!("+{name}")), at(format!("-{name}")));
    let (one, other) = (span(one), span(other));
    one.0 < other.1 && other.0 < one.1
}

#[test]
fn scenario_15_stages_share_the_machine_and_a_failure_blocks_only_downstream() {
    let memory = most_of_the_memory();
    let yaml = [
        "stages:\n".to_owned(),
        logging_stage("big1", &format!("needs: {{ memory: {memory}B }}")),
        logging_stage("big2", &format!("needs: {{ memory: {memory}B }}")),
        logging_stage("plot1", "exclusive: [plotter]"),
        logging_stage("plot2", "exclusive: [plotter, printer]"),
        stage_that_meets("left", "right"),
        stage_that_meets("right", "left"),
        "  broken: { uses: command, run: \"echo broken >&2; exit 3\", outputs: [o] }\n".to_owned(),
        from("child", "broken"),
        from("grandchild", "child"),
        from("far", "plot2"),
    ];
    let project = Project::of(&yaml.concat());
    let running = project.start(&["--jobs", "8", "--keep-going"]);
    let log = || if project.exists("data/log") { project.text("data/log") } else { String::new() };
    eventually("all that can run at once to do so", || {
        let begun = ["+big1", "+plot1"].iter().all(|mark| log().lines().any(|line| line == *mark));
        begun
            && ["left", "right"].iter().all(|name| project.exists(&format!("artifacts/p/{name}/o")))
    });
    project.write("data/open", "");
    let run = running.wait();
    let log = log();
    assert!(overlapped(&log, "big1", "plot1"), "what does not compete runs at once: {log}");
    assert!(!overlapped(&log, "big1", "big2"), "{log}");
    assert!(!overlapped(&log, "plot1", "plot2"), "{log}");
    assert_eq!((run.code, run.ended("failed")), (1, vec!["broken".to_owned()]));
    assert_eq!(run.ended("blocked"), ["child", "grandchild"]);
    let ran = ["big1", "big2", "plot1", "plot2", "left", "right", "far"];
    assert_eq!(run.executed(), ran, "{}", run.stdout);
}

#[test]
fn without_keep_going_running_stages_finish_and_none_starts() {
    let yaml = [
        "stages:\n".to_owned(),
        logging_stage("long", ""),
        "  broken:\n    uses: command\n    run: \"until test -e data/log; do sleep 0.01; done; \
         touch data/open; exit 3\"\n    outputs: [o]\n"
            .to_owned(),
        from("more", "long"),
    ];
    let run = Project::of(&yaml.concat()).call(&["run", "p", "--jobs", "2"]);
    assert_eq!((run.code, run.executed()), (1, vec!["long".to_owned()]), "{}", run.stderr);
    assert_eq!(run.ended("not_started"), ["more"]);
    assert!(run.stderr.contains("more: not started"), "{}", run.stderr);
}

#[test]
fn stage_with_too_large_memory_request_runs_alone_with_a_warning() {
    let project = Project::of(
        "stages:\n  a: { uses: command, run: \"echo a > {out}/o\", outputs: [o], \
         needs: { memory: 900TiB } }\n",
    );
    let run = project.run(&["--jobs", "2"]);
    assert_eq!(run.executed(), ["a"]);
    let warning = "'a' needs 900 TiB of memory and this machine has ";
    assert!(run.stderr.contains(warning) && run.stderr.contains("it runs alone"), "{}", run.stderr);
}

#[test]
fn missing_required_gpu_is_an_error_before_anything_runs() {
    let yaml = "stages:\n  first: { uses: command, run: \"echo 1 > {out}/o\", outputs: [o] }\n  \
                second:\n    uses: command\n    run: \"echo 2 > {out}/o\"\n    outputs: [o]\n    \
                needs: { gpu: required }\n";
    let project = Project::of(yaml);
    for options in [&["--device", "cpu"][..], &["--device", "cpu", "--dry-run"]] {
        let call = project.call(&[&["run", "p"], options].concat());
        assert_eq!((call.code, call.error("code")), (2, "no_gpu"), "{}", call.stdout);
        let error = &call.json["error"];
        assert_eq!((&error["line"], &error["column"]), (&7.into(), &19.into()));
        assert_eq!(error["file"], "pipelines/p.yaml");
        assert!(call.error("hint").contains("gpu: optional"), "{error}");
    }
    assert!(!project.exists("artifacts/p/first"));
    assert_eq!(project.call(&["status", "p"]).code, 0, "a look needs none");
    assert_eq!(project.run(&["--device", "cpu", "--until", "first"]).executed(), ["first"]);
    project.change("gpu: required", "gpu: optional");
    assert_eq!(project.run(&["--device", "cpu"]).executed(), ["second"]);
    project.change("gpu: optional", "gpu: required");
    let run = project.run(&["--device", "cpu"]);
    assert_eq!(run.fresh(), ["first", "second"], "what is done needs none either");
}
