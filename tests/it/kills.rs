//! A kill at any instant is at worst a cache miss. A run is observed through the events of its file system
//! and killed by SIGKILL at points spread over the whole run, including publication.

use crate::project::Project;
use crate::tiny::WHOLE;
use crate::watched::{FileEvent, Watched};
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Every built-in kind, two epochs of training, and commands that read a file and upstream outputs.
fn pipeline() -> String {
    let whole = WHOLE.replace("epochs: 1,", "epochs: 2,");
    format!(
        "{whole}  letter:
    uses: command
    files: {{ text: data/letter }}
    run: \"tr a-z A-Z < {{text}} > {{out}}/letter; wc -c < {{text}} > {{out}}/size\"
    outputs: [letter, size]
  cover:
    uses: command
    from: {{ letter: letter, songs: drawn, catalog: catalog }}
    run: \"(cd {{songs}}; find . -type f | sort) > {{out}}/cover; cat {{letter}}/* {{catalog}}/*.* {{catalog}}/*/* >> {{out}}/cover\"
    outputs: [cover]
"
    )
}

const STAGES: [&str; 8] =
    ["songs", "catalog", "rolls", "train", "drawn", "report", "letter", "cover"];

/// The edit, after which every stage must run again.
const OLD: (&str, &str) = ("seed: 1", "dear");
const NEW: (&str, &str) = ("seed: 2", "near");

fn edit(project: &Project, (from, _): (&str, &str), (to, letter): (&str, &str)) {
    project.change(from, to);
    project.write("data/letter", letter);
}

type Files = BTreeMap<String, Vec<u8>>;

/// Returns the published outputs of each stage.
fn published(project: &Project) -> BTreeMap<&'static str, Files> {
    STAGES.map(|stage| (stage, project.files(&format!("artifacts/p/{stage}")))).into()
}

/// The step of a run to which an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A stage writes into its work folder.
    Work,
    Checkpoint,
    Blob,
    Record,
    /// New visible outputs are materialized.
    Materialized,
    /// They replace the old ones.
    Exchanged,
    Pointer,
    /// The work folder of a finished stage is being removed.
    Discarded,
    RunFolder,
    /// Locks, temporary files, the file index.
    Other,
}

impl Step {
    /// The steps of publication; the test kills runs at each of them.
    const TARGETED: [Self; 7] = [
        Self::Checkpoint,
        Self::Blob,
        Self::Record,
        Self::Discarded,
        Self::Materialized,
        Self::Exchanged,
        Self::Pointer,
    ];

    fn from_event(event: &FileEvent) -> Self {
        let parts: Vec<&str> = event.path.iter().filter_map(|part| part.to_str()).collect();
        match parts.as_slice() {
            ["work", _, "kept", "checkpoints", _] if event.renamed => Self::Checkpoint,
            ["work", name] if event.renamed && name.starts_with(".done-") => Self::Discarded,
            ["work", ..] => Self::Work,
            ["store", "blobs", _, _] if event.renamed => Self::Blob,
            ["store", "records", _, _] if event.renamed => Self::Record,
            ["store", "current", "p", _] if event.renamed => Self::Pointer,
            ["p", next] if event.created && next.starts_with(".next-") => Self::Materialized,
            ["p", stage] if event.renamed && STAGES.contains(stage) => Self::Exchanged,
            ["runs", ..] => Self::RunFolder,
            _ => Self::Other,
        }
    }
}

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Point {
    /// After N events of any step.
    Event(usize),
    /// After N events of one step.
    After(Step, usize),
}

/// The project before the edit, and the outputs that either pipeline must publish.
struct Reference {
    before: Project,
    old: BTreeMap<&'static str, Files>,
    new: BTreeMap<&'static str, Files>,
    events: Vec<Step>,
}

impl Reference {
    fn new() -> Self {
        let before = Project::of(&pipeline()).file("data/letter", OLD.1);
        before.run(&[]);
        let old = published(&before);
        let after = copy(&before);
        edit(&after, OLD, NEW);
        let mut events = Vec::new();
        let killed = run_and_kill(&after, &[], |event| {
            events.push(Step::from_event(event));
            false
        });
        assert!(!killed);
        let new = published(&after);
        for stage in STAGES {
            assert!(old[stage] != new[stage], "the edit changes nothing in {stage}");
        }
        Self { before, old, new, events }
    }

    fn count(&self, step: Step) -> usize {
        self.events.iter().filter(|&&event| event == step).count()
    }

    /// Returns points spread evenly over the whole run, and over each targeted step.
    fn kill_points(&self, spread: usize, aimed: usize) -> Vec<Point> {
        let evenly = |count: usize, most: usize| {
            let most = most.min(count);
            (0..most).map(move |index| 1 + index * count / most)
        };
        let mut points: Vec<Point> = evenly(self.events.len(), spread).map(Point::Event).collect();
        for step in Step::TARGETED {
            points.extend(evenly(self.count(step), aimed).map(|nth| Point::After(step, nth)));
        }
        points
    }
}

/// Copies a project with its artifacts.
pub fn copy(project: &Project) -> Project {
    let twin = Project::new();
    for entry in walkdir::WalkDir::new(project.path("")).min_depth(1) {
        let entry = entry.unwrap();
        let target = twin.path("").join(entry.path().strip_prefix(project.path("")).unwrap());
        if entry.file_type().is_dir() {
            fs_err::create_dir_all(target).unwrap();
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
    twin
}

/// Runs `p` and kills it after the event for which `now` returns true; returns whether it was killed.
pub fn run_and_kill(
    project: &Project,
    options: &[&str],
    mut now: impl FnMut(&FileEvent) -> bool,
) -> bool {
    let mut watched = Watched::new(project.path("artifacts"));
    let mut running = project.start(options);
    loop {
        let ended = running.has_ended();
        while let Some(event) = watched.next() {
            if now(&event) && !running.has_ended() {
                running.signal(Signal::KILL);
                let run = running.wait();
                return run.code == -1;
            }
        }
        if ended {
            let run = running.wait();
            assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
            return false;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// Returns the fingerprints with a record; its file appears when all of it is on disk.
fn recorded(project: &Project) -> BTreeSet<String> {
    let records = project.listing("artifacts/store/records").into_iter();
    let name = |path: String| Some(Path::new(&path).file_name()?.to_str()?.to_owned());
    let names = records.filter_map(name).filter(|name| !name.starts_with('.'));
    names.map(|name| name.trim_end_matches(".json").to_owned()).collect()
}

/// Runs `p` after a kill, without help: stages with a record do not run again, and every stage publishes
/// exactly the expected outputs.
fn recover(project: &Project, expected: &BTreeMap<&'static str, Files>, what: &str) {
    let status = project.call(&["status", "p"]);
    assert_eq!(status.code, 0, "{what}: {}{}", status.stdout, status.stderr);
    let finished = recorded(project);
    let run = project.call(&["run", "p"]);
    assert_eq!(run.code, 0, "{what}: {}{}", run.stdout, run.stderr);
    for name in run.executed() {
        let fingerprint = run.stage(&name)["fingerprint"].as_str().unwrap();
        assert!(!finished.contains(fingerprint), "{what}: {name} was finished and ran again");
    }
    let found = published(project);
    for stage in STAGES {
        assert!(
            found[stage] == expected[stage],
            "{what}: {stage} ended as {} and shows what it should not",
            run.stage(stage)["outcome"]
        );
    }
}

/// Kills a run of the edited pipeline at a point and checks what is left. Returns the step at which it was
/// killed, or `None` if it had ended before.
fn kill_at(reference: &Reference, point: Point, revert: bool) -> Option<Step> {
    let project = copy(&reference.before);
    edit(&project, OLD, NEW);
    let (mut events, mut steps, mut last) = (0, 0, None);
    let killed = run_and_kill(&project, &[], |event| {
        let step = Step::from_event(event);
        last = Some(step);
        events += 1;
        match point {
            Point::Event(nth) => events == nth,
            Point::After(aim, nth) => {
                steps += usize::from(step == aim);
                step == aim && steps == nth
            }
        }
    });
    if !killed {
        return None;
    }
    let what = format!("killed at {point:?} ({last:?})");
    for (stage, files) in published(&project) {
        let whole = files == reference.old[stage] || files == reference.new[stage];
        assert!(whole, "{what}: {stage} shows a part of its outputs: {:?}", files.keys());
    }
    if revert {
        // After a reversal of the edit, the new outputs must not count as the old ones.
        edit(&project, NEW, OLD);
        recover(&project, &reference.old, &format!("{what}, taken back"));
        edit(&project, OLD, NEW);
    }
    recover(&project, &reference.new, &what);
    let again = project.run(&[]);
    assert_eq!(again.fresh().len(), STAGES.len(), "{what}: {}", again.stdout);
    if last == Some(Step::Discarded) {
        // A partial work folder cannot be resumed from.
        let run = project.run(&["--force", "train"]);
        assert_eq!(run.executed(), ["train"], "{what}");
        assert!(published(&project) == reference.new, "{what}: retrained, but the outputs differ");
    }
    let left = project.listing("artifacts/p");
    let litter: Vec<&String> = left.iter().filter(|path| path.starts_with('.')).collect();
    assert!(litter.is_empty(), "{what}: {litter:?}");
    last
}

#[test]
fn scenario_08_kill_at_any_instant_costs_at_most_the_running_stage() {
    let reference = Reference::new();
    let points = Mutex::new(reference.kill_points(60, 5).into_iter().enumerate());
    let kills = Mutex::new(BTreeMap::<Step, usize>::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = points.lock().unwrap().next();
                    let Some((index, point)) = next else { break };
                    if let Some(step) = kill_at(&reference, point, index % 2 == 1) {
                        *kills.lock().unwrap().entry(step).or_default() += 1;
                    }
                }
            });
        }
    });
    let kills = kills.into_inner().unwrap();
    let total: usize = kills.values().sum();
    println!("{total} kills over {} events: {kills:?}", reference.events.len());
    assert!(total >= 60, "only {total} kills: {kills:?}");
    for step in Step::TARGETED {
        assert!(kills.contains_key(&step), "no kill at {step:?}: {kills:?}");
    }
}
