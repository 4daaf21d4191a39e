//! A kill at any instant: at worst a miss. A run is watched from outside, event by event of its file
//! system, and ended with SIGKILL at points spread over all of it, publication included.

use crate::project::Project;
use crate::tiny::WHOLE;
use crate::watched::{Happening, Watched};
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Every built-in kind, two epochs of training, and programs that read a file and what the others made.
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

/// The edit: every stage has to run again.
const OLD: (&str, &str) = ("seed: 1", "dear");
const NEW: (&str, &str) = ("seed: 2", "near");

fn edit(project: &Project, (from, _): (&str, &str), (to, letter): (&str, &str)) {
    project.change(from, to);
    project.write("data/letter", letter);
}

type Files = BTreeMap<String, Vec<u8>>;

/// What each stage shows.
fn shown(project: &Project) -> BTreeMap<&'static str, Files> {
    STAGES.map(|stage| (stage, project.files(&format!("artifacts/p/{stage}")))).into()
}

/// What kind of step an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A stage writes in its work folder.
    Work,
    Checkpoint,
    Blob,
    Record,
    /// New visible outputs are being laid out.
    LaidOut,
    /// They took their place.
    Exchanged,
    Pointer,
    /// The work folder of a finished stage is on its way out.
    Discarded,
    RunFolder,
    /// Locks, temporary files, the file index.
    Other,
}

impl Step {
    /// Steps of publication, at each of which a run is killed on purpose.
    const AIMED: [Self; 7] = [
        Self::Checkpoint,
        Self::Blob,
        Self::Record,
        Self::Discarded,
        Self::LaidOut,
        Self::Exchanged,
        Self::Pointer,
    ];

    fn of(event: &Happening) -> Self {
        let parts: Vec<&str> = event.path.iter().filter_map(|part| part.to_str()).collect();
        match parts.as_slice() {
            ["work", _, "kept", "checkpoints", _] if event.renamed => Self::Checkpoint,
            ["work", name] if event.renamed && name.starts_with(".done-") => Self::Discarded,
            ["work", ..] => Self::Work,
            ["store", "blobs", _, _] if event.renamed => Self::Blob,
            ["store", "records", _, _] if event.renamed => Self::Record,
            ["store", "current", "p", _] if event.renamed => Self::Pointer,
            ["p", next] if event.created && next.starts_with(".next-") => Self::LaidOut,
            ["p", stage] if event.renamed && STAGES.contains(stage) => Self::Exchanged,
            ["runs", ..] => Self::RunFolder,
            _ => Self::Other,
        }
    }
}

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Point {
    /// After so many events of any kind.
    Event(usize),
    /// After so many events of one kind.
    After(Step, usize),
}

/// The project as it was before the edit, with its outputs; and as it must be after either pipeline.
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
        let old = shown(&before);
        let after = copy(&before);
        edit(&after, OLD, NEW);
        let mut events = Vec::new();
        let killed = watch(&after, &[], |event| {
            events.push(Step::of(event));
            false
        });
        assert!(!killed);
        let new = shown(&after);
        for stage in STAGES {
            assert!(old[stage] != new[stage], "the edit changes nothing in {stage}");
        }
        Self { before, old, new, events }
    }

    fn count(&self, step: Step) -> usize {
        self.events.iter().filter(|&&event| event == step).count()
    }

    /// Points spread evenly over the whole run, and over each kind of step that is aimed at.
    fn points(&self, spread: usize, aimed: usize) -> Vec<Point> {
        let evenly = |count: usize, most: usize| {
            let most = most.min(count);
            (0..most).map(move |index| 1 + index * count / most)
        };
        let mut points: Vec<Point> = evenly(self.events.len(), spread).map(Point::Event).collect();
        for step in Step::AIMED {
            points.extend(evenly(self.count(step), aimed).map(|nth| Point::After(step, nth)));
        }
        points
    }
}

/// The same project elsewhere, artifacts and all.
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

/// Runs `p` and kills it after the event for which `now` says so; tells whether it was killed.
pub fn watch(project: &Project, options: &[&str], mut now: impl FnMut(&Happening) -> bool) -> bool {
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

/// Fingerprints that have a record; a record's name appears when all of it is on disk.
fn recorded(project: &Project) -> BTreeSet<String> {
    let records = project.listing("artifacts/store/records").into_iter();
    let name = |path: String| Some(Path::new(&path).file_name()?.to_str()?.to_owned());
    let names = records.filter_map(name).filter(|name| !name.starts_with('.'));
    names.map(|name| name.trim_end_matches(".json").to_owned()).collect()
}

/// Runs `p` after a kill: nothing helps it, what has a record does not run again, and every stage shows
/// just what it should.
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
    let found = shown(project);
    for stage in STAGES {
        assert!(
            found[stage] == expected[stage],
            "{what}: {stage} ended as {} and shows what it should not",
            run.stage(stage)["outcome"]
        );
    }
}

/// Kills a run of the edited pipeline at a point and looks at what is left; tells at which step it
/// died, or `None` when it had ended before.
fn kill_at(reference: &Reference, point: Point, revert: bool) -> Option<Step> {
    let project = copy(&reference.before);
    edit(&project, OLD, NEW);
    let (mut events, mut steps, mut last) = (0, 0, None);
    let killed = watch(&project, &[], |event| {
        let step = Step::of(event);
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
    for (stage, files) in shown(&project) {
        let whole = files == reference.old[stage] || files == reference.new[stage];
        assert!(whole, "{what}: {stage} shows a part of its outputs: {:?}", files.keys());
    }
    if revert {
        // Whoever takes the edit back must not be told that the new outputs are the old ones.
        edit(&project, NEW, OLD);
        recover(&project, &reference.old, &format!("{what}, taken back"));
        edit(&project, OLD, NEW);
    }
    recover(&project, &reference.new, &what);
    let again = project.run(&[]);
    assert_eq!(again.fresh().len(), STAGES.len(), "{what}: {}", again.stdout);
    if last == Some(Step::Discarded) {
        // Half a work folder is nothing to go on with.
        let run = project.run(&["--force", "train"]);
        assert_eq!(run.executed(), ["train"], "{what}");
        assert!(shown(&project) == reference.new, "{what}: trained anew, the outputs differ");
    }
    let left = project.listing("artifacts/p");
    let litter: Vec<&String> = left.iter().filter(|path| path.starts_with('.')).collect();
    assert!(litter.is_empty(), "{what}: {litter:?}");
    last
}

#[test]
fn scenario_08_a_kill_at_any_instant_costs_at_most_the_stage_under_way() {
    let reference = Reference::new();
    let points = Mutex::new(reference.points(60, 5).into_iter().enumerate());
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
    for step in Step::AIMED {
        assert!(kills.contains_key(&step), "no kill at {step:?}: {kills:?}");
    }
}
