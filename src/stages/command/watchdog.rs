//! Kills a command if this process is killed.
//!
//! The watchdog is a shell whose standard input is a pipe that only this process holds. The operating system closes it
//! however this process ends; the shell then kills the command's process group and every process with its tag.
//! Otherwise it sleeps, and ends with the stage.

use super::process_tree::VARIABLE;
use rustix::process::Pid;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// `$1` is the tag; the first line of the input is the process group. A process that is just starting has no tag yet, so
/// the script searches until it has found nothing twice.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r group
while read -r _; do :; done
test -z "$group" || kill -s KILL -- "-$group"
quiet=0 round=0
while test $quiet -lt 2 && test $round -lt 100; do
    left=$(grep -lszxF -e "$1" /proc/[0-9]*/environ | cut -d/ -f3)
    quiet=$((quiet + 1)) round=$((round + 1))
    test -z "$left" || { quiet=0; kill -s KILL $left; }
    sleep 0.1
done
"#;

/// The watchdog process; killed when dropped.
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Starts the watchdog, before the command.
    pub(super) fn start(tag: &str) -> io::Result<Self> {
        Command::new("sh")
            .args(["-c", SCRIPT, "partita-watchdog", &format!("{VARIABLE}={tag}")])
            // So that it neither keeps a folder in use nor looks like a process of the command.
            .current_dir("/")
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not affected by Ctrl-C in the terminal.
            .process_group(0)
            .spawn()
            .map(Self)
    }

    /// Passes the process group of the command.
    pub(super) fn watch(&mut self, group: Pid) {
        if let Some(input) = &mut self.0.stdin {
            // If this fails, the command is still found by its tag.
            let _ = writeln!(input, "{}", group.as_raw_nonzero());
        }
    }
}

impl Drop for Watchdog {
    /// Killed before its input is closed, because that would trigger it.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
