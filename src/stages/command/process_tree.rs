//! Finds all processes that a command started.
//!
//! The shell leads a session and a process group of its own, and its descendants inherit an environment variable with
//! a tag that is unique to this attempt. `/proc` then shows which processes belong to it: the members of the group or
//! the session, processes with the tag, and the children of these. Only a process that left the session, cleared its
//! environment and outlived its parent is not found.

use super::waiting::Group;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::HashSet;
use std::time::Duration;

/// The environment variable that holds the tag of an attempt.
pub(super) const VARIABLE: &str = "PARTITA_STAGE";

/// The parent of kernel threads, which have no environment.
const KERNEL: i32 = 2;
/// Retries if an environment is empty, as it is for a moment while a process executes another program, and the time
/// between them.
const RETRIES: usize = 10;
const RETRY_INTERVAL: Duration = Duration::from_millis(1);

/// The processes of one attempt at a stage. Valid until the exit status of its leader is collected, because the process
/// id can be reused after that.
pub(super) struct ProcessTree {
    leader: Pid,
    /// `PARTITA_STAGE=...`, as in an environment.
    tag: String,
}

/// A process of a process tree.
pub(super) struct Process {
    id: Pid,
    name: String,
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.id.as_raw_nonzero())
    }
}

impl ProcessTree {
    pub(super) fn new(leader: Pid, tag: &str) -> Self {
        Self { leader, tag: format!("{VARIABLE}={tag}") }
    }

    pub(super) fn leader(&self) -> Pid {
        self.leader
    }

    /// Returns the processes that are alive.
    pub(super) fn processes(&self) -> Vec<Process> {
        let table = table();
        let leader = self.leader.as_raw_nonzero().get();
        let start_time = table.iter().find(|row| row.id == leader).map_or(0, |row| row.start_time);
        let mut found: HashSet<i32> = table
            .iter()
            .filter(|row| row.start_time >= start_time)
            .filter(|row| row.group == leader || row.session == leader || self.has_tag(row))
            .map(|row| row.id)
            .collect();
        loop {
            let children = table.iter().filter(|row| found.contains(&row.parent));
            let new: Vec<i32> =
                children.map(|row| row.id).filter(|id| !found.contains(id)).collect();
            if new.is_empty() {
                break;
            }
            found.extend(new);
        }
        let alive = table.into_iter().filter(|row| row.alive && found.contains(&row.id));
        alive
            .filter_map(|row| Some(Process { id: Pid::from_raw(row.id)?, name: row.name }))
            .collect()
    }

    fn has_tag(&self, row: &Row) -> bool {
        if !row.alive || row.parent == KERNEL {
            return false;
        }
        for _ in 0..RETRIES {
            // The environment of another user's process cannot be read; such a process is not ours.
            let Ok(environment) = fs_err::read(format!("/proc/{}/environ", row.id)) else {
                return false;
            };
            if !environment.is_empty() {
                return environment.split(|&byte| byte == 0).any(|e| e == self.tag.as_bytes());
            }
            std::thread::sleep(RETRY_INTERVAL);
        }
        false
    }
}

impl Group for ProcessTree {
    fn is_empty(&self) -> bool {
        self.processes().is_empty()
    }

    /// Errors are ignored, because a process that has ended needs no signal.
    fn signal(&self, signal: Signal) {
        for process in self.processes() {
            let _ = kill_process(process.id, signal);
        }
        if signal == Signal::KILL {
            // In one step, so that no process of the group escapes by starting another.
            let _ = kill_process_group(self.leader, signal);
        }
    }
}

/// A process in `/proc/N/stat`.
#[derive(Debug, PartialEq)]
struct Row {
    id: i32,
    name: String,
    alive: bool,
    parent: i32,
    group: i32,
    session: i32,
    /// Start time in clock ticks since boot.
    start_time: u64,
}

fn table() -> Vec<Row> {
    let folder = fs_err::read_dir("/proc").into_iter().flatten().flatten();
    let ids = folder.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter_map(|id| {
        let stat = fs_err::read(format!("/proc/{id}/stat")).ok()?;
        row(&String::from_utf8_lossy(&stat))
    })
    .collect()
}

/// Parses `77 (a name) S 1 77 77 ...`. The name can contain anything, so its end is searched from the right.
fn row(stat: &str) -> Option<Row> {
    let (id, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse().ok();
    Some(Row {
        id: id.parse().ok()?,
        name: name.chars().filter(|c| !c.is_control()).collect(),
        alive: !matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: number(1)?,
        group: number(2)?,
        session: number(3)?,
        start_time: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_name_may_contain_anything() {
        let stat = "77 (a) R (b) S 3 4 5 0 -1 4194304 9 0 0 0 0 0 0 0 20 0 1 0 1234 5 6 7";
        let expected = Row {
            id: 77,
            name: "a) R (b".into(),
            alive: true,
            parent: 3,
            group: 4,
            session: 5,
            start_time: 1234,
        };
        assert_eq!(row(stat), Some(expected));
        assert!(!row(&stat.replace(" S ", " Z ")).unwrap().alive, "it ended");
        for broken in ["", "77 (a", "77 (a) S 3", "x (a) S 3 4 5"] {
            assert_eq!(row(broken), None, "{broken}");
        }
    }

    #[test]
    fn table_contains_this_process() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(table().iter().any(|row| row.id == own && row.alive));
    }
}
