//! What a machine has, and what a stage takes of it while it runs. Pure: `cli/` looks at the machine.

use crate::spec::{Cpus, Gpu, StageInstance};

/// What all running stages share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// CPU slots, at least one.
    pub cpus: usize,
    /// Bytes of memory; `u64::MAX` where nobody can tell.
    pub memory: u64,
    /// GPUs that may be used.
    pub gpus: usize,
}

/// What a running stage holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Load {
    pub(super) cpus: usize,
    pub(super) memory: u64,
    pub(super) gpus: usize,
}

impl Machine {
    /// CPU slots that a stage works with: what it asks for, within what there is.
    pub(super) fn slots(&self, stage: &StageInstance) -> usize {
        let asked = stage.resources.cpus.unwrap_or(match stage.kind.cpus {
            Cpus::All => self.cpus,
            Cpus::One => 1,
        });
        asked.clamp(1, self.cpus.max(1))
    }

    /// Whether a stage asks for more memory than there is. It runs all the same, but alone: what it
    /// asks for is an estimate, and a refusal would help nobody.
    pub(super) fn is_too_small(&self, stage: &StageInstance) -> bool {
        stage.resources.memory.is_some_and(|asked| asked > self.memory)
    }

    /// What a stage holds while it runs. A stage that can use a GPU holds one wherever there is any,
    /// so that what it computes on never depends on what runs beside it.
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

/// An amount of memory as a person writes it: `23.4 GiB`.
pub(super) fn describe(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut amount, mut unit) = (bytes as f64 / 1024.0, 0);
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        (amount, unit) = (amount / 1024.0, unit + 1);
    }
    let text = format!("{amount:.1}");
    format!("{} {}", text.trim_end_matches(".0"), UNITS[unit])
}
