//! The system's table of locks.

use super::Files;
use std::path::Path;

impl Files {
    /// Returns whether a process holds a lock, without touching the lock. False if the system does not report
    /// it.
    pub(in crate::store) fn is_locked(&self, lock: &Path) -> bool {
        let Ok(stat) = self.stat(lock) else { return false };
        let inode = format!(":{}", stat.identity.1);
        let locks = fs_err::read_to_string("/proc/locks").unwrap_or_default();
        // `1: FLOCK  ADVISORY  WRITE 708 00:1c:6521 0 EOF`; the device number may differ from that of stat.
        locks.lines().any(|line| {
            let mut fields = line.split_whitespace().skip(1);
            fields.next() == Some("FLOCK") && fields.nth(3).is_some_and(|at| at.ends_with(&inode))
        })
    }
}
