//! A child process and all that it starts: run, listened to, and ended with its stage.
//!
//! What the program made is complete when its shell ends. Whatever it left behind is ended before the
//! outputs are read, so that nothing writes into them any more; a warning names it.

use super::process_tree::{Process, ProcessTree, VARIABLE};
use super::waiting::{Group, SystemClock, WaitOutcome, terminate, wait_for_exit};
use super::watchdog::Watchdog;
use crate::stage_api::{StageContext, StageError};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use std::ffi::OsStr;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// The operating system takes no single argument above 128 KiB; a longer line is read from a file.
const LONGEST_ARGUMENT: usize = 100_000;
/// How much of the end of stderr is looked at for a last line, in bytes.
const END: u64 = 8000;
/// How much of that line an error shows, in characters.
const SHOWN: usize = 300;
/// How many left processes a warning names.
const NAMED: usize = 3;

/// Runs a shell line, both streams into diagnostics.
pub(super) fn run(context: &StageContext<'_>, line: &OsStr) -> Result<(), StageError> {
    let shell = |error| StageError::failed(format!("cannot start 'sh': {error}"));
    let tag = tag();
    let mut watchdog = Watchdog::start(&tag).map_err(shell)?;
    let mut command = shell_command(context, line)?;
    command.env(VARIABLE, &tag);
    let mut running = Running::start(&mut command, &tag).map_err(shell)?;
    watchdog.watch(running.process_tree.leader());
    let clock = SystemClock::new();
    let tell = &mut |seconds| context.report.progress("seconds", seconds, 0, "");
    let over =
        wait_for_exit(&clock, &|| running.has_ended(), &|| context.cancel.is_cancelled(), tell)?;
    let left = running.process_tree.members();
    let all_ended = left.is_empty() || terminate(&running.process_tree, &clock);
    if !all_ended {
        let text = format!("could not be ended: {}", list(&running.process_tree.members()));
        context.report.warning(&text);
        // Whoever waits for a process that hangs in the kernel hangs with it.
        running.is_over = true;
    }
    if over == WaitOutcome::Stopped {
        return Err(StageError::Interrupted);
    }
    if all_ended && !left.is_empty() {
        let text =
            format!("was still running when the command ended, and was ended: {}", list(&left));
        context.report.warning(&text);
    }
    let status = running.finish()?;
    if status.success() {
        return Ok(());
    }
    let said = last_line(&context.diagnostics.join(STDERR));
    let last = said.as_deref().unwrap_or("it said nothing on stderr");
    let killed = [status.signal(), status.code().map(|code| code - 128)]
        .contains(&Some(Signal::KILL.as_raw()));
    let memory = if killed { "the machine may have run out of memory; " } else { "" };
    let hint = format!(
        "{memory}what it printed is in the run folder: stdout.txt and stderr.txt below the stage's name"
    );
    Err(StageError::with_hint(format!("the command {}: {last}", ending(status)), hint))
}

const STDOUT: &str = "stdout.txt";
const STDERR: &str = "stderr.txt";

fn shell_command(context: &StageContext<'_>, line: &OsStr) -> Result<Command, StageError> {
    let stdout = fs_err::File::create(context.diagnostics.join(STDOUT))?;
    let stderr = fs_err::File::create(context.diagnostics.join(STDERR))?;
    let mut command = Command::new("sh");
    if line.len() <= LONGEST_ARGUMENT {
        command.arg("-c").arg(line);
    } else {
        let script = context.resume_dir.join("run.sh");
        fs_err::write(&script, line.as_bytes())?;
        command.arg(script);
    }
    command.current_dir(context.root);
    command.stdin(Stdio::null()).stdout(stdout.into_file()).stderr(stderr.into_file());
    // SAFETY: between fork and exec only calls that are safe in a signal handler are allowed, and setsid
    // is one; the closure neither allocates nor takes a lock.
    unsafe {
        // A session of its own has no terminal: what asks there for a password gets an error, where a
        // mere background group would be stopped for ever.
        command.pre_exec(|| Ok(rustix::process::setsid().map(drop)?));
    }
    Ok(command)
}

/// A name that no other attempt at any stage on this machine has.
fn tag() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{count}", std::process::id(), now.as_nanos())
}

/// A shell at work. Dropped, it ends with all that it started.
struct Running {
    shell: Child,
    process_tree: ProcessTree,
    is_over: bool,
}

impl Running {
    fn start(command: &mut Command, tag: &str) -> io::Result<Self> {
        let mut shell = command.spawn()?;
        let Some(id) = i32::try_from(shell.id()).ok().and_then(Pid::from_raw) else {
            let _ = shell.kill();
            let _ = shell.wait();
            return Err(io::Error::other("the process has no number"));
        };
        Ok(Self { shell, process_tree: ProcessTree::new(id, tag), is_over: false })
    }

    /// Whether the shell has ended. Its status stays: as long as nobody takes it, its number is not given
    /// to another process, which a signal to the group could reach.
    fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.process_tree.leader()), options)?.is_some())
    }

    /// Takes the status of a shell that has ended.
    fn finish(mut self) -> io::Result<ExitStatus> {
        self.is_over = true;
        self.shell.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.process_tree.signal(Signal::KILL);
            let _ = self.shell.wait();
        }
    }
}

fn list(members: &[Process]) -> String {
    let mut names: Vec<String> = members.iter().take(NAMED).map(ToString::to_string).collect();
    if members.len() > NAMED {
        names.push(format!("{} more", members.len() - NAMED));
    }
    names.join(", ")
}

/// `ended with exit code 7`, `was ended by SIGKILL`.
fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        // A shell tells so of a program that a signal ended.
        (Some(code), _) => match signal_name(code - 128) {
            Some(name) => format!("ended with exit code {code} ({name})"),
            None => format!("ended with exit code {code}"),
        },
        (None, Some(signal)) => match signal_name(signal) {
            Some(name) => format!("was ended by {name}"),
            None => format!("was ended by signal {signal}"),
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

/// The last line of a text file that says anything, without control characters, cut to what is readable.
fn last_line(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    if let Ok(mut file) = fs_err::File::open(path) {
        let size = file.metadata().map_or(0, |data| data.len());
        let start = SeekFrom::Start(size.saturating_sub(END));
        // What cannot be read is not shown; the exit code is the message.
        let _ = file.seek(start).and_then(|_| file.read_to_end(&mut bytes));
    }
    let text = String::from_utf8_lossy(&bytes);
    // A progress bar writes over its line by going back to its start.
    let last = text.split(['\n', '\r']).map(str::trim).rfind(|line| !line.is_empty())?;
    let clean: Vec<char> = last.chars().filter(|c| !c.is_control()).collect();
    let shown: String = clean.iter().take(SHOWN).collect();
    Some(if clean.len() > SHOWN { shown + "…" } else { shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_told_by_its_name() {
        let told = |raw| ending(ExitStatus::from_raw(raw));
        assert_eq!(told(7 << 8), "ended with exit code 7");
        assert_eq!(told(139 << 8), "ended with exit code 139 (SIGSEGV)");
        assert_eq!(told(255 << 8), "ended with exit code 255");
        assert_eq!(told(15), "was ended by SIGTERM");
        assert_eq!(told(9), "was ended by SIGKILL");
        assert_eq!(told(40), "was ended by signal 40");
    }

    #[test]
    fn the_last_line_that_says_anything_is_shown() {
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
    fn no_two_attempts_share_a_mark() {
        assert_ne!(tag(), tag());
    }
}
