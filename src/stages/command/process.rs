//! Runs a command and terminates all processes that it leaves behind.
//!
//! The outputs are complete when the shell ends. Processes that are still running are terminated before the outputs are
//! read, so that nothing writes to them any more; a warning lists these processes.

use super::process_tree::{Process, ProcessTree, VARIABLE};
use super::waiting::{Group, WaitOutcome, terminate, wait_for_exit};
use super::watchdog::Watchdog;
use crate::stage_api::{Result, StageContext, StageError};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use std::ffi::OsStr;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

/// Maximum length of a line passed as an argument; Linux allows 128 KiB. A longer line is passed in a file.
const MAX_ARGUMENT: usize = 100_000;
/// Bytes at the end of stderr that are searched for the last line.
const TAIL: u64 = 8000;
/// Maximum number of characters of that line in an error.
const MAX_CHARS: usize = 300;
/// Maximum number of processes in a warning.
const MAX_LISTED: usize = 3;

/// Runs a shell line; both output streams go to the diagnostics.
pub(super) fn run(context: &StageContext<'_>, line: &OsStr) -> Result<()> {
    let shell = |error| StageError::failed(format!("cannot start 'sh': {error}"));
    let tag = new_tag();
    let mut watchdog = Watchdog::start(&tag).map_err(shell)?;
    let mut command = shell_command(context, line)?;
    command.env(VARIABLE, &tag);
    let mut running = Running::start(&mut command, &tag).map_err(shell)?;
    watchdog.watch(running.process_tree.leader());
    let clock = Instant::now();
    let report = &mut |seconds| context.report.progress("seconds", seconds, 0, "");
    let outcome =
        wait_for_exit(&clock, &|| running.has_ended(), &|| context.cancel.is_cancelled(), report)?;
    let left = running.process_tree.processes();
    let all_ended = left.is_empty() || terminate(&running.process_tree, &clock);
    if !all_ended {
        let text = format!("cannot terminate: {}", list(&running.process_tree.processes()));
        context.report.warning(&text);
        // Waiting for a process that hangs in the kernel would never end.
        running.is_finished = true;
    }
    if outcome == WaitOutcome::Stopped {
        return Err(StageError::Interrupted);
    }
    if all_ended && !left.is_empty() {
        let text = format!("terminated, still running when the command ended: {}", list(&left));
        context.report.warning(&text);
    }
    let status = running.finish()?;
    if status.success() {
        return Ok(());
    }
    let last_line = last_line(&context.diagnostics.join(STDERR));
    let last_line = last_line.as_deref().unwrap_or("no output on stderr");
    let killed = [status.signal(), status.code().map(|code| code - 128)]
        .contains(&Some(Signal::KILL.as_raw()));
    let memory = if killed { "the machine may have run out of memory; " } else { "" };
    let hint =
        format!("{memory}see stdout.txt and stderr.txt under the stage's name in the run folder");
    Err(StageError::with_hint(format!("the command {}: {last_line}", describe(status)), hint))
}

const STDOUT: &str = "stdout.txt";
const STDERR: &str = "stderr.txt";

fn shell_command(context: &StageContext<'_>, line: &OsStr) -> Result<Command> {
    let stdout = fs_err::File::create(context.diagnostics.join(STDOUT))?;
    let stderr = fs_err::File::create(context.diagnostics.join(STDERR))?;
    let mut command = Command::new("sh");
    if line.len() <= MAX_ARGUMENT {
        command.arg("-c").arg(line);
    } else {
        let script = context.resume_dir.join("run.sh");
        fs_err::write(&script, line.as_bytes())?;
        command.arg(script);
    }
    command.current_dir(context.root);
    command.stdin(Stdio::null()).stdout(stdout.into_file()).stderr(stderr.into_file());
    // SAFETY: between fork and exec only async-signal-safe calls are allowed, and setsid is one; the closure neither
    // allocates nor locks.
    unsafe {
        // A session of its own has no terminal, so a password prompt fails. A background process group would be stopped
        // forever instead.
        command.pre_exec(|| Ok(rustix::process::setsid().map(drop)?));
    }
    Ok(command)
}

/// Returns a tag that no other attempt on this machine has.
fn new_tag() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{count}", std::process::id(), now.as_nanos())
}

/// A running shell. Killed with all its processes when dropped.
struct Running {
    shell: Child,
    process_tree: ProcessTree,
    is_finished: bool,
}

impl Running {
    fn start(command: &mut Command, tag: &str) -> io::Result<Self> {
        let mut shell = command.spawn()?;
        let Some(id) = i32::try_from(shell.id()).ok().and_then(Pid::from_raw) else {
            let _ = shell.kill();
            let _ = shell.wait();
            return Err(io::Error::other("the process has no id"));
        };
        Ok(Self { shell, process_tree: ProcessTree::new(id, tag), is_finished: false })
    }

    /// Returns true if the shell has ended. Does not collect its status, because its process id could then be reused, and
    /// signals to the group could reach another process.
    fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.process_tree.leader()), options)?.is_some())
    }

    /// Collects the status of a shell that has ended.
    fn finish(mut self) -> io::Result<ExitStatus> {
        self.is_finished = true;
        self.shell.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_finished {
            self.process_tree.signal(Signal::KILL);
            let _ = self.shell.wait();
        }
    }
}

fn list(processes: &[Process]) -> String {
    let mut names: Vec<String> =
        processes.iter().take(MAX_LISTED).map(ToString::to_string).collect();
    if processes.len() > MAX_LISTED {
        names.push(format!("{} more", processes.len() - MAX_LISTED));
    }
    names.join(", ")
}

/// Describes a status: `ended with exit code 7`, `was killed by SIGKILL`.
fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        // The exit code of a shell whose program was killed by a signal.
        (Some(code), _) => match signal_name(code - 128) {
            Some(name) => format!("ended with exit code {code} ({name})"),
            None => format!("ended with exit code {code}"),
        },
        (None, Some(signal)) => match signal_name(signal) {
            Some(name) => format!("was killed by {name}"),
            None => format!("was killed by signal {signal}"),
        },
        (None, None) => "ended".to_owned(),
    }
}

fn signal_name(number: i32) -> Option<&'static str> {
    let names = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
    ];
    names.iter().find(|(signal, _)| signal.as_raw() == number).map(|&(_, name)| name)
}

/// Returns the last line of a text file that is not blank, truncated and without control characters.
fn last_line(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    if let Ok(mut file) = fs_err::File::open(path) {
        let size = file.metadata().map_or(0, |data| data.len());
        let start = SeekFrom::Start(size.saturating_sub(TAIL));
        // If the file cannot be read, the exit code is the only message.
        let _ = file.seek(start).and_then(|_| file.read_to_end(&mut bytes));
    }
    let text = String::from_utf8_lossy(&bytes);
    // A progress bar returns to the start of its line.
    let last = text.split(['\n', '\r']).map(str::trim).rfind(|line| !line.is_empty())?;
    let clean: Vec<char> = last.chars().filter(|c| !c.is_control()).collect();
    let shown: String = clean.iter().take(MAX_CHARS).collect();
    Some(if clean.len() > MAX_CHARS { shown + "…" } else { shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signal_is_named() {
        let text = |raw| describe(ExitStatus::from_raw(raw));
        assert_eq!(text(7 << 8), "ended with exit code 7");
        assert_eq!(text(139 << 8), "ended with exit code 139 (SIGSEGV)");
        assert_eq!(text(255 << 8), "ended with exit code 255");
        assert_eq!(text(15), "was killed by SIGTERM");
        assert_eq!(text(9), "was killed by SIGKILL");
        assert_eq!(text(40), "was killed by signal 40");
    }

    #[test]
    fn last_line_that_is_not_blank_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stderr.txt");
        let shown = |text: &[u8]| {
            fs_err::write(&path, text).unwrap();
            last_line(&path)
        };
        assert_eq!(shown(b""), None);
        assert_eq!(shown(b"first\nlast\n\n  \n").as_deref(), Some("last"));
        assert_eq!(
            shown(b"10 %\r50 %\r\x1b[31mno\x1b[0m\xff").as_deref(),
            Some("[31mno[0m\u{fffd}")
        );
        let long = [b"x\n".repeat(10_000), vec![b'y'; 1000]].concat();
        assert_eq!(shown(&long), Some("y".repeat(300) + "…"));
        assert_eq!(last_line(&folder.path().join("nothing")), None);
    }

    #[test]
    fn attempts_have_different_tags() {
        assert_ne!(new_tag(), new_tag());
    }
}
