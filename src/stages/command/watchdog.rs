//! Ends a command when this program cannot any more: `kill -9` leaves nobody else to do it.
//!
//! A small shell beside the command, whose standard input is a pipe that this process alone holds. The
//! operating system closes it however this process ends; then the shell kills the command's group and
//! whatever carries its tag. While all is well it sleeps, and ends with the stage.

use super::process_tree::VARIABLE;
use rustix::process::Pid;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// `$1` is the tag; the first line of the input is the group. A process that is just being made carries
/// no tag yet, so it looks until it has found nothing twice.
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

/// The shell; ended when dropped.
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Starts it, before there is anything to watch.
    pub(super) fn start(tag: &str) -> io::Result<Self> {
        Command::new("sh")
            .args(["-c", SCRIPT, "partita-watchdog", &format!("{VARIABLE}={tag}")])
            // It holds no folder, and passes for nothing that it watches.
            .current_dir("/")
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of the terminal's Ctrl-C.
            .process_group(0)
            .spawn()
            .map(Self)
    }

    /// Tells it the group of the command.
    pub(super) fn watch(&mut self, group: Pid) {
        if let Some(input) = &mut self.0.stdin {
            // Without it the tag still finds the command.
            let _ = writeln!(input, "{}", group.as_raw_nonzero());
        }
    }
}

impl Drop for Watchdog {
    /// It must not see its input end, so it goes first.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
