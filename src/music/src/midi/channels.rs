//! Decides which program each note has, and whether it is a drum, by time: a message on one track holds for the notes of
//! all tracks on its channel. So messages are collected first, and applied by tick after every track is read.
//!
//! In General MIDI only channel 10 (index 9) plays drums. As in current synthesizers (FluidSynth, TiMidity++), other
//! channels do so by
//! - GS and XG messages (see [`sysex`](super::sysex)),
//! - the bank of a program change. In GM2, bank 120 is rhythm and 121 melody; before any GS, XG or GM2 message too, but
//!   there 120 only with the program of a drum kit. In XG, the banks 120, 126 and 127 are rhythm. Another bank restores
//!   the start, so bank 0, which XG files send carelessly, does not take the drums from channel 10,
//! - the marker of the base level, if only channels 13 to 16 play: there channel 16 has the drums.
//!
//! A track can name a port. Each port has 16 channels.

use super::super::note::{Channel, Note, Tick};
use super::sysex::{Standard, SysEx};

/// Maximum number of changes, which bounds the memory.
const MAX_CHANGES: usize = 1 << 18;
/// The programs that are drum kits in GM2.
const DRUM_KITS: [u8; 9] = [0, 8, 16, 24, 25, 32, 40, 48, 56];
/// The drum channel of the base level, "channel 16" counted from 1.
const BASE_LEVEL_DRUMS: usize = 15;

#[derive(Clone, Copy)]
enum Change {
    Reset(Standard),
    /// Whether the channel plays drums.
    Part(bool),
    Bank(u8),
    Program(u8),
}

/// The order within a tick: first resets, of whichever track, last the program changes that follow a note.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Reset,
    BeforeNotes,
    AfterNotes,
}

#[derive(Clone, Copy)]
struct TimedChange {
    tick: Tick,
    order: Order,
    /// Port (0..16) * 16 + channel.
    lane: u8,
    change: Change,
}

/// The messages that decide programs and drums, in file order.
#[derive(Default)]
pub(super) struct ChannelChanges {
    changes: Vec<TimedChange>,
    is_full: bool,
}

impl ChannelChanges {
    /// Returns true if there were more than [`MAX_CHANGES`] messages.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    fn push(&mut self, tick: Tick, order: Order, lane: u8, change: Change) {
        self.is_full |= self.changes.len() == MAX_CHANGES;
        if !self.is_full {
            self.changes.push(TimedChange { tick, order, lane, change });
        }
    }

    /// Starts a piece (format 2), which resets the channels.
    pub(super) fn start_piece(&mut self, tick: Tick) {
        self.push(tick, Order::Reset, 0, Change::Reset(Standard::Unknown));
    }

    /// Adds a SysEx message of a port.
    pub(super) fn sysex(&mut self, tick: Tick, port: u8, message: SysEx) {
        match message {
            SysEx::Reset(standard) => self.push(tick, Order::Reset, 0, Change::Reset(standard)),
            SysEx::Part(channel, drum) => {
                self.push(tick, Order::BeforeNotes, lane(port, channel), Change::Part(drum));
            }
            SysEx::Bank(channel, bank) => self.bank(tick, lane(port, channel), bank),
            SysEx::Program(channel, program) => {
                self.program(tick, lane(port, channel), program, false);
            }
        }
    }

    /// Adds a bank select (controller 0), which holds from the next program change on.
    pub(super) fn bank(&mut self, tick: Tick, lane: u8, bank: u8) {
        self.push(tick, Order::BeforeNotes, lane, Change::Bank(bank));
    }

    /// Adds a program change. `follows_note`: a note of its channel comes before it in its track, at the same tick.
    pub(super) fn program(&mut self, tick: Tick, lane: u8, program: u8, follows_note: bool) {
        let order = if follows_note { Order::AfterNotes } else { Order::BeforeNotes };
        self.push(tick, order, lane, Change::Program(program));
    }

    /// Sets the programs and drum marks of notes, which are sorted by onset and have their port as program.
    /// `is_base_level`: channel 16 plays drums too. Returns true if a note on another channel than 10 is a drum, or one
    /// on channel 10 is not.
    pub(super) fn apply(mut self, notes: &mut [Note], is_base_level: bool) -> bool {
        self.changes.sort_by_key(|change| (change.tick, change.order)); // stable: file order
        let mut changes = self.changes.iter().peekable();
        let mut state = ChannelStates::new(is_base_level);
        let mut is_special = false;
        for note in notes {
            let is_due = |change: &&TimedChange| {
                (change.tick, change.order) < (note.onset, Order::AfterNotes)
            };
            while let Some(change) = changes.next_if(is_due) {
                state.apply(change);
            }
            let state = &state.lanes[usize::from(lane(note.program, note.channel.get()))];
            note.program = state.program;
            is_special |= state.drum != (note.channel == Channel::DRUMS);
            note.drum = state.drum;
        }
        is_special
    }
}

/// Returns the lane of a channel of a port.
pub(super) fn lane(port: u8, channel: u8) -> u8 {
    port << 4 | channel & 15
}

#[derive(Clone, Copy)]
struct ChannelState {
    program: u8,
    /// `None` before the first bank select.
    bank: Option<u8>,
    drum: bool,
    /// Whether a bank decided `drum`.
    by_bank: bool,
}

struct ChannelStates {
    standard: Standard,
    start: [ChannelState; 16],
    lanes: [ChannelState; 256],
}

impl ChannelStates {
    fn new(is_base_level: bool) -> Self {
        let start = std::array::from_fn(|channel| ChannelState {
            program: 0,
            bank: None,
            drum: channel == 9 || is_base_level && channel == BASE_LEVEL_DRUMS,
            by_bank: false,
        });
        let lanes = std::array::from_fn(|lane| start[lane % 16]);
        Self { standard: Standard::Unknown, start, lanes }
    }

    fn apply(&mut self, change: &TimedChange) {
        let state = &mut self.lanes[usize::from(change.lane)];
        match change.change {
            Change::Reset(standard) => {
                self.standard = standard;
                self.lanes = std::array::from_fn(|lane| self.start[lane % 16]);
            }
            Change::Part(drum) => (state.drum, state.by_bank) = (drum, false),
            Change::Bank(bank) => state.bank = Some(bank),
            Change::Program(program) => {
                state.program = program;
                let Some(bank) = state.bank else { return };
                let drum = match (self.standard, bank) {
                    (Standard::Gs, _) => None,
                    (Standard::Xg, 120 | 126 | 127) => Some(true),
                    (Standard::Xg, _) => None,
                    // Without GM2, bank 120 may be any other, unless the program is one of GM2's drum kits.
                    (Standard::Gm2, 120) => Some(true),
                    (_, 120) => DRUM_KITS.contains(&program).then_some(true),
                    (_, 121) => Some(false),
                    _ => None,
                };
                match drum {
                    Some(drum) => (state.drum, state.by_bank) = (drum, true),
                    None if state.by_bank => {
                        state.drum = self.start[usize::from(change.lane & 15)].drum;
                        state.by_bank = false;
                    }
                    None => {}
                }
            }
        }
    }
}
