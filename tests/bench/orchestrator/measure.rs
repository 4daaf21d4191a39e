//! Measures the calls.

use crate::Result;
use crate::corpus::Corpus;
use crate::tools::{Task, Tool};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The steps of a measurement, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    First,
    NoOp,
    Status,
    Added,
    Changed,
    Reverted,
}

impl Step {
    pub(crate) const ALL: [Self; 6] =
        [Self::First, Self::NoOp, Self::Status, Self::Added, Self::Changed, Self::Reverted];

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::First => "first run",
            Self::NoOp => "run, nothing to do",
            Self::Status => "status, nothing to do",
            Self::Added => "run, one file added",
            Self::Changed => "run, one file changed",
            Self::Reverted => "run, change reverted",
        }
    }
}

/// The result of one step of one task.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) tool: &'static str,
    pub(crate) task: &'static str,
    pub(crate) step: Step,
    /// Wall times, sorted.
    pub(crate) seconds: Vec<f64>,
    /// Number of files of the folder that were opened, if counted.
    pub(crate) read: Option<usize>,
}

impl Row {
    pub(crate) fn median(&self) -> f64 {
        let middle = self.seconds.len() / 2;
        if self.seconds.len() % 2 == 1 {
            self.seconds[middle]
        } else {
            f64::midpoint(self.seconds[middle - 1], self.seconds[middle])
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    fn add(
        &mut self,
        (tool, task): (&Tool, &Task),
        step: Step,
        mut seconds: Vec<f64>,
        read: Option<usize>,
    ) {
        seconds.sort_by(f64::total_cmp);
        let row = Row { tool: tool.name, task: task.what, step, seconds, read };
        eprintln!("  {}: {:.2} s", step.text(), row.median());
        self.0.push(row);
    }
}

/// How often to repeat a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) repeats: usize,
    pub(crate) patience: f64,
}

impl Pace {
    fn times(self, mut call: impl FnMut() -> Result<f64>) -> Result<Vec<f64>> {
        let start = Instant::now();
        let mut seconds = Vec::new();
        while seconds.len() < self.repeats.max(1) {
            seconds.push(call()?);
            if start.elapsed().as_secs_f64() > self.patience {
                break;
            }
        }
        Ok(seconds)
    }
}

/// Measures a task on the folder.
pub(crate) fn folder(
    rows: &mut Rows,
    tool: &Tool,
    task: &Task,
    corpus: &mut Corpus,
    pace: Pace,
) -> Result<()> {
    unchanged(rows, tool, task, pace)?;
    let added = pace.times(|| {
        corpus.add()?;
        run(tool, task, corpus.len())
    })?;
    corpus.add()?;
    let read = opened(corpus.folder(), || run(tool, task, corpus.len()))?;
    rows.add((tool, task), Step::Added, added, Some(read));
    corpus.remove_added()?;
    run(tool, task, corpus.len())?;

    let mut reverted = Vec::new();
    let changed = pace.times(|| {
        corpus.change()?;
        let seconds = run(tool, task, corpus.len())?;
        corpus.revert()?;
        reverted.push(run(tool, task, corpus.len())?);
        Ok(seconds)
    })?;
    corpus.change()?;
    let read = opened(corpus.folder(), || run(tool, task, corpus.len()))?;
    rows.add((tool, task), Step::Changed, changed, Some(read));
    corpus.revert()?;
    let read = opened(corpus.folder(), || run(tool, task, corpus.len()))?;
    rows.add((tool, task), Step::Reverted, reverted, Some(read));
    Ok(())
}

/// Measures a task with many instances.
pub(crate) fn instances(rows: &mut Rows, tool: &Tool, task: &Task, pace: Pace) -> Result<()> {
    unchanged(rows, tool, task, pace)
}

/// Measures the first run and calls without changes.
fn unchanged(rows: &mut Rows, tool: &Tool, task: &Task, pace: Pace) -> Result<()> {
    let count = task.count;
    let first = pace.times(|| {
        task.forget()?;
        run(tool, task, count)
    })?;
    rows.add((tool, task), Step::First, first, None);
    let no_op = pace.times(|| run(tool, task, count))?;
    rows.add((tool, task), Step::NoOp, no_op, None);
    let status = pace.times(|| tool.time(task, &task.status))?;
    rows.add((tool, task), Step::Status, status, None);
    Ok(())
}

/// Runs a task and checks its output. Returns the wall time of the call.
fn run(tool: &Tool, task: &Task, count: usize) -> Result<f64> {
    let seconds = tool.time(task, &task.run)?;
    task.check(count)?;
    Ok(seconds)
}

/// Counts how often files of a folder are opened during `act`.
fn opened(folder: &Path, act: impl FnOnce() -> Result<f64>) -> Result<usize> {
    let notices = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    inotify::add_watch(&notices, folder, WatchFlags::OPEN)?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let count = scope.spawn(|| {
            let (mut buffer, mut count) = ([MaybeUninit::uninit(); 256 << 10], 0);
            loop {
                let ended = done.load(Ordering::Acquire);
                let mut reader = Reader::new(&notices, &mut buffer);
                while let Ok(event) = reader.next() {
                    if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                        return Err("more files were opened at once than can be counted");
                    }
                    // Listing a folder opens it too.
                    count += usize::from(!event.events().contains(ReadFlags::ISDIR));
                }
                if ended {
                    return Ok(count);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let acted = act();
        done.store(true, Ordering::Release);
        let count = count.join().map_err(|_| "the counting thread panicked")??;
        acted.map(|_| count)
    })
}
