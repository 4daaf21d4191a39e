//! Decides which channels play drums at which time. In General MIDI only channel 10 (index 9) does; messages of GS, XG
//! and GM2 assign others:
//!
//! - GS "use for rhythm part": `41 dd 42 12 40 1p 15 vv`, part p (0 is channel 10, 1..9 are
//!   channels 1..9, A..F are channels 11..16), drums where vv is not 0
//! - XG part mode: `43 1d 4C 08 cc 07 vv`, drums where vv is not 0
//! - XG bank 127 or 126, GM2 bank 120, before a program change, where the file says that
//!   it is XG or GM2
//! - GM, GM2, GS and XG "on" and "reset" messages restore channel 10 only
//!
//! Such messages are in one track and apply to the notes of all tracks, so they are collected first and applied by tick
//! after every track is read.

use super::super::note::{Note, Tick};

/// Maximum number of changes, which bounds the memory.
const MAX_CHANGES: usize = 1 << 16;

/// The standard that decides which banks are drum kits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standard {
    Gm,
    Gm2,
    Xg,
}

enum Change {
    /// Only channel 10 plays drums.
    Reset(Standard),
    /// This channel plays drums, or melody, from now on.
    Part(u8, bool),
    /// This channel has a program of this bank from now on.
    Bank(u8, u8),
}

/// Collects messages about drum channels.
#[derive(Default)]
pub(super) struct DrumMap {
    changes: Vec<(Tick, Change)>,
    /// Whether the bank of the last program of each channel may be a drum kit.
    special_bank: [bool; 16],
    /// Whether any message assigns other channels than 10.
    special: bool,
}

impl DrumMap {
    /// Adds a SysEx message (without F0).
    pub(super) fn sysex(&mut self, tick: Tick, data: &[u8]) {
        let change = match *data {
            [0x7E, _, 0x09, 0x01 | 0x02, ..] => Change::Reset(Standard::Gm),
            [0x7E, _, 0x09, 0x03, ..] => Change::Reset(Standard::Gm2),
            [0x41, _, 0x42, 0x12, 0x40 | 0x00, 0x00, 0x7F, ..] => Change::Reset(Standard::Gm),
            [0x41, _, 0x42, 0x12, 0x40, part @ 0x10..=0x1F, 0x15, mode, ..] => {
                let channel = match part & 15 {
                    0 => 9,
                    part @ 1..=9 => part - 1,
                    part => part,
                };
                Change::Part(channel, mode != 0)
            }
            [0x43, device, 0x4C, 0x00, 0x00, 0x7E, ..] if device & 0xF0 == 0x10 => {
                Change::Reset(Standard::Xg)
            }
            [0x43, device, 0x4C, 0x08, part @ 0..=15, 0x07, mode, ..] if device & 0xF0 == 0x10 => {
                Change::Part(part, mode != 0)
            }
            _ => return,
        };
        self.special |= match change {
            Change::Part(channel, drum) => drum != (channel == 9),
            Change::Reset(standard) => standard != Standard::Gm,
            Change::Bank(..) => false,
        };
        self.push(tick, change);
    }

    /// Adds a program change with its bank.
    pub(super) fn bank(&mut self, tick: Tick, channel: u8, bank: u8) {
        let special = &mut self.special_bank[usize::from(channel & 15)];
        if channel != 9 && (bank >= 120 || *special) {
            *special = bank >= 120;
            self.push(tick, Change::Bank(channel & 15, bank));
        }
    }

    fn push(&mut self, tick: Tick, change: Change) {
        if self.changes.len() < MAX_CHANGES {
            self.changes.push((tick, change));
        }
    }

    /// Marks the drum notes among `notes`, which are sorted by onset and marked by channel 10. Returns true if a mark
    /// changed.
    pub(super) fn apply(mut self, notes: &mut [Note]) -> bool {
        if !self.special {
            return false;
        }
        // Within a tick resets come first, of whichever track, then the rest in file order.
        self.changes.sort_by_key(|(tick, change)| (*tick, !matches!(change, Change::Reset(_))));
        let mut changes = self.changes.into_iter().peekable();
        let mut standard = Standard::Gm;
        let mut drums = default_drums();
        let mut any = false;
        for note in notes {
            while let Some((_, change)) = changes.next_if(|&(tick, _)| tick <= note.onset) {
                match change {
                    Change::Reset(to) => (standard, drums) = (to, default_drums()),
                    Change::Part(channel, drum) => drums[usize::from(channel)] = drum,
                    Change::Bank(channel, bank) => match standard {
                        Standard::Gm => {}
                        Standard::Gm2 => drums[usize::from(channel)] = bank == 120,
                        Standard::Xg => drums[usize::from(channel)] = bank >= 126,
                    },
                }
            }
            let drum = drums[usize::from(note.channel.get())];
            any |= drum != note.drum;
            note.drum = drum;
        }
        any
    }
}

fn default_drums() -> [bool; 16] {
    std::array::from_fn(|channel| channel == 9)
}
