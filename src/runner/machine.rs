//! A machine's resources, and what a running stage occupies. Pure: `cli/` inspects the machine.

use crate::spec::{Cpus, Gpu, StageInstance};

/// The resources that all running stages share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// CPU slots, at least one.
    pub cpus: usize,
    /// Bytes of memory; `u64::MAX` if unknown.
    pub memory: u64,
    /// GPUs that may be used.
    pub gpus: usize,
}

/// The resources that a running stage occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Load {
    pub(super) cpus: usize,
    pub(super) memory: u64,
    pub(super) gpus: usize,
}

impl Machine {
    /// Returns the CPU slots of a stage: those it requests, within the machine.
    pub(super) fn slots(&self, stage: &StageInstance) -> usize {
        let requested = stage.resources.cpus.unwrap_or(match stage.kind.cpus {
            Cpus::All => self.cpus,
            Cpus::One => 1,
        });
        requested.clamp(1, self.cpus.max(1))
    }

    /// Returns true if a stage requests more memory than the machine has. It still runs, but alone: its
    /// request is an estimate.
    pub(super) fn is_too_small(&self, stage: &StageInstance) -> bool {
        stage.resources.memory.is_some_and(|requested| requested > self.memory)
    }

    /// Returns what a stage occupies. A stage that can use a GPU occupies one if there is any, so that its
    /// device never depends on what runs at the same time.
    pub(super) fn load(&self, stage: &StageInstance) -> Load {
        if self.is_too_small(stage) {
            return self.all();
        }
        let gpus = usize::from(stage.resources.gpu != Gpu::None).min(self.gpus);
        Load { cpus: self.slots(stage), memory: stage.resources.memory.unwrap_or(0), gpus }
    }

    pub(super) fn all(&self) -> Load {
        Load { cpus: self.cpus.max(1), memory: self.memory, gpus: self.gpus }
    }
}

impl Load {
    pub(super) fn fits(self, room: Self) -> bool {
        self.cpus <= room.cpus && self.memory <= room.memory && self.gpus <= room.gpus
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            cpus: self.cpus + other.cpus,
            memory: self.memory.saturating_add(other.memory),
            gpus: self.gpus + other.gpus,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            cpus: self.cpus - other.cpus,
            memory: self.memory - other.memory,
            gpus: self.gpus - other.gpus,
        }
    }
}

/// Formats an amount of memory in the units of pipeline files: `23.4 GiB`.
pub(super) fn describe(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut amount, mut unit) = (bytes as f64 / 1024.0, 0);
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        (amount, unit) = (amount / 1024.0, unit + 1);
    }
    let text = format!("{amount:.1}");
    format!("{} {}", text.trim_end_matches(".0"), UNITS[unit])
}
