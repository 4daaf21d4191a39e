//! A child process and all that it starts: run, listened to, and ended when the person asks.

use crate::stage::{Context, StageError};
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often a running child is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long a child that was asked to end may take before it is ended.
const GRACE: Duration = Duration::from_secs(5);
/// How much of the end of stderr an error shows.
const SHOWN: u64 = 2000;

/// Runs a shell line in a process group of its own, both streams into diagnostics.
pub(super) fn run(context: &Context<'_>, line: &str) -> Result<(), StageError> {
    let (out, err) =
        (context.diagnostics.join("stdout.txt"), context.diagnostics.join("stderr.txt"));
    let (stdout, stderr) = (fs_err::File::create(&out)?, fs_err::File::create(&err)?);
    let mut child = Command::new("sh")
        .args(["-c", line])
        .current_dir(context.root)
        .stdin(Stdio::null())
        .stdout(stdout.into_file())
        .stderr(stderr.into_file())
        .process_group(0)
        .spawn()
        .map_err(|error| StageError::failed(format!("cannot start 'sh': {error}")))?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if context.stop.is_set() {
            end(&mut child);
            return Err(StageError::Interrupted);
        }
        context.report.progress("seconds", start.elapsed().as_secs(), 0, "");
        std::thread::sleep(LOOK);
    };
    if status.success() {
        return Ok(());
    }
    let how = match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    let said = tail(&err);
    let last = said.lines().last().unwrap_or("it said nothing on stderr");
    Err(StageError::advised(
        format!("the command {how}: {last}"),
        "what it printed is in the run folder: stdout.txt and stderr.txt below the stage's name",
    ))
}

/// Asks the whole group to end, and ends what does not.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let signal = |signal| group.map(|group| kill_process_group(group, signal));
    signal(Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if let Ok(Some(_)) = child.try_wait() {
            break;
        }
        std::thread::sleep(LOOK);
    }
    signal(Signal::KILL);
    // The child was killed: waiting only takes its exit status.
    let _ = child.wait();
}

/// The end of a text file, without control characters.
fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = fs_err::File::open(path) {
        let size = file.metadata().map_or(0, |data| data.len());
        let start = SeekFrom::Start(size.saturating_sub(SHOWN));
        // What cannot be read is not shown; the exit code is the message.
        let _ = file.seek(start).and_then(|_| file.read_to_end(&mut bytes));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let clean = text.chars().filter(|&c| c == '\n' || !c.is_control()).collect::<String>();
    clean.trim_end().to_owned()
}
