//! Where in a file its faults are.

use super::status::{Fault, Faults};

/// The offset of the first occurrence of each fault that has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FaultOffsets {
    located: Faults,
    offsets: Vec<(Fault, u64)>,
}

impl FaultOffsets {
    /// Locates those of `faults` at `offset` that are not located yet.
    #[inline]
    pub(super) fn locate(&mut self, faults: Faults, offset: usize) {
        let new = faults.without(self.located);
        if !new.is_empty() {
            self.add(new, offset);
        }
    }

    #[cold]
    fn add(&mut self, new: Faults, offset: usize) {
        for fault in new.iter() {
            self.located.insert(fault);
            self.offsets.push((fault, offset as u64));
        }
    }

    /// Returns the offset of a fault.
    pub(super) fn find(&self, fault: Fault) -> Option<u64> {
        self.offsets.iter().find(|(located, _)| *located == fault).map(|&(_, offset)| offset)
    }
}
