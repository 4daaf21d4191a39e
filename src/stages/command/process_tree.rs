//! The processes that a command started, however far they strayed.
//!
//! The shell leads a session and a group of its own, and all that it starts inherits an environment
//! variable that names this attempt alone. So `/proc` tells who belongs to it: the members of the group
//! or the session, whoever carries the tag though it left them, and the children of those. Only a
//! process that left the session, wiped its environment and outlived its parent is beyond reach.

use super::waiting::Group;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::HashSet;
use std::time::Duration;

/// The variable that marks the processes of one attempt.
pub(super) const VARIABLE: &str = "PARTITA_STAGE";

/// The parent of the kernel's own threads, which have no environment.
const KERNEL: i32 = 2;
/// While a process becomes another program it has none for a moment: how often it is looked for, and how far apart.
const LOOKS: usize = 10;
const LOOK: Duration = Duration::from_millis(1);

/// The processes of one attempt at a stage. Valid until its leader's exit status is taken: only so long
/// does its number belong to nobody else.
pub(super) struct ProcessTree {
    leader: Pid,
    /// `PARTITA_STAGE=...`, as it stands in an environment.
    tag: String,
}

/// A process of a process_tree.
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

    /// Those that are alive.
    pub(super) fn members(&self) -> Vec<Process> {
        let table = table();
        let leader = self.leader.as_raw_nonzero().get();
        let start_time = table.iter().find(|row| row.id == leader).map_or(0, |row| row.start_time);
        let mut found: HashSet<i32> = table
            .iter()
            .filter(|row| row.start_time >= start_time)
            .filter(|row| row.group == leader || row.session == leader || self.marks(row))
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

    fn marks(&self, row: &Row) -> bool {
        if !row.alive || row.parent == KERNEL {
            return false;
        }
        for _ in 0..LOOKS {
            // Nobody else's environment can be read, and no such process is ours.
            let Ok(environment) = fs_err::read(format!("/proc/{}/environ", row.id)) else {
                return false;
            };
            if !environment.is_empty() {
                return environment.split(|&byte| byte == 0).any(|e| e == self.tag.as_bytes());
            }
            std::thread::sleep(LOOK);
        }
        false
    }
}

impl Group for ProcessTree {
    fn is_empty(&self) -> bool {
        self.members().is_empty()
    }

    /// A process that ended meanwhile needs no signal, so what goes wrong here is of no interest.
    fn signal(&self, signal: Signal) {
        for member in self.members() {
            let _ = kill_process(member.id, signal);
        }
        if signal == Signal::KILL {
            // In one step, so that none of the group escapes by making another.
            let _ = kill_process_group(self.leader, signal);
        }
    }
}

/// One process, as `/proc/N/stat` tells it.
#[derive(Debug, PartialEq)]
struct Row {
    id: i32,
    name: String,
    alive: bool,
    parent: i32,
    group: i32,
    session: i32,
    /// When it was started, in clock ticks since the machine was.
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

/// `77 (a name) S 1 77 77 ...`: the name may hold anything, so what follows is found from its end.
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
    fn a_process_may_be_called_anything() {
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
    fn this_process_is_in_the_table() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(table().iter().any(|row| row.id == own && row.alive));
    }
}
