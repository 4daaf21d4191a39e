//! SysEx messages that decide which channels play drums, and their programs, and the packets that messages come in.
//!
//! - GM, GM2, GS and XG "on" and "reset"
//! - GS "use for rhythm part": `41 dd 42 12 40 1p 15 vv`, drums where vv is not 0; tone number: `... 1p 00 bank program`
//! - XG part mode: `43 1d 4C 08 cc 07 vv`, drums where vv is not 0; bank: `... cc 01 vv`; program: `... cc 03 vv`
//!
//! A message can come as one F0 event, as an F0 event continued by F7 events, or whole inside an F7 event.

/// Bytes of a message that are kept; those that matter here are shorter.
const MAX_MESSAGE: usize = 64;

/// The standard whose rules hold for banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standard {
    /// No message names one.
    Unknown,
    Gm,
    Gm2,
    Gs,
    Xg,
}

/// The meaning of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SysEx {
    /// Every channel is as at the start.
    Reset(Standard),
    /// The channel plays drums, or melody, from now on.
    Part(u8, bool),
    /// The bank of the channel.
    Bank(u8, u8),
    /// The program of the channel.
    Program(u8, u8),
}

impl SysEx {
    /// Reads a message without F0 and F7; `None` if it does not matter here, or is incomplete.
    fn parse(message: &[u8]) -> Option<Self> {
        Some(match *message {
            [0x7E, _, 0x09, 0x01, ..] => Self::Reset(Standard::Gm),
            [0x7E, _, 0x09, 0x02, ..] => Self::Reset(Standard::Unknown),
            [0x7E, _, 0x09, 0x03, ..] => Self::Reset(Standard::Gm2),
            [0x41, _, 0x42, 0x12, 0x40 | 0x00, 0x00, 0x7F, _, ..] => Self::Reset(Standard::Gs),
            [0x41, _, 0x42, 0x12, 0x40, part @ 0x10..=0x1F, 0x15, mode, ..] => {
                Self::Part(gs_channel(part), mode != 0)
            }
            [0x41, _, 0x42, 0x12, 0x40, part @ 0x10..=0x1F, 0x00, _, program, ..] => {
                Self::Program(gs_channel(part), program)
            }
            [0x43, 0x10..=0x1F, 0x4C, 0x00, 0x00, 0x7E | 0x7F, _, ..] => Self::Reset(Standard::Xg),
            [0x43, 0x10..=0x1F, 0x4C, 0x08, part @ 0..=15, 0x07, mode, ..] => {
                Self::Part(part, mode != 0)
            }
            [0x43, 0x10..=0x1F, 0x4C, 0x08, part @ 0..=15, 0x01, bank, ..] => {
                Self::Bank(part, bank)
            }
            [0x43, 0x10..=0x1F, 0x4C, 0x08, part @ 0..=15, 0x03, program, ..] => {
                Self::Program(part, program)
            }
            _ => return None,
        })
    }
}

/// Returns the channel of a GS part: 0 is channel 10, 1..9 are channels 1..9, A..F are channels 11..16.
fn gs_channel(part: u8) -> u8 {
    match part & 15 {
        0 => 9,
        part @ 1..=9 => part - 1,
        part => part,
    }
}

/// Joins the packets of a track's messages.
#[derive(Default)]
pub(super) struct SysExPackets {
    message: Vec<u8>,
    /// Whether the end of the message is still to come.
    is_open: bool,
}

impl SysExPackets {
    /// Forgets an unfinished message.
    pub(super) fn clear(&mut self) {
        self.is_open = false;
    }

    /// Starts a message: the payload of an F0 event.
    pub(super) fn start(&mut self, payload: &[u8], found: impl FnMut(SysEx)) {
        self.message.clear();
        self.is_open = true;
        self.append(payload, found);
    }

    /// Adds a byte to the open message; beyond the limit it is dropped.
    fn push(&mut self, byte: u8) {
        if self.message.len() < MAX_MESSAGE {
            self.message.push(byte);
        }
    }

    /// Continues a message, or sends bytes as they are: the payload of an F7 event.
    pub(super) fn append(&mut self, payload: &[u8], mut found: impl FnMut(SysEx)) {
        for &byte in payload {
            match byte {
                0..=0x7F if self.is_open => self.push(byte),
                0xF0 => {
                    self.message.clear();
                    self.is_open = true;
                }
                0xF7 if self.is_open => {
                    self.is_open = false;
                    SysEx::parse(&self.message).into_iter().for_each(&mut found);
                }
                // Realtime messages may come inside, any other status ends the message.
                0x80..=0xF7 => self.is_open = false,
                _ => {}
            }
        }
        // Some writers omit the F7, so a message that is complete without it counts.
        if self.is_open
            && let Some(message) = SysEx::parse(&self.message)
        {
            self.is_open = false;
            found(message);
        }
    }
}

/// Returns true if a payload can be that of an F0 event: it has only data bytes, F7 and, at the start of a message, F0.
pub(super) fn is_plausible_payload(payload: &[u8]) -> bool {
    // Some writers include the F0.
    let mut is_after_end = true;
    payload.iter().all(|&byte| {
        let is_allowed = byte < 0x80 || byte == 0xF7 || byte == 0xF0 && is_after_end;
        is_after_end = byte == 0xF7;
        is_allowed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(packets: &[(bool, &[u8])]) -> Vec<SysEx> {
        let (mut joined, mut all) = (SysExPackets::default(), Vec::new());
        for &(is_start, payload) in packets {
            match is_start {
                true => joined.start(payload, |message| all.push(message)),
                false => joined.append(payload, |message| all.push(message)),
            }
        }
        all
    }

    #[test]
    fn messages_are_read_whole_in_packets_and_in_escapes() {
        let drums = SysEx::Part(10, true);
        let whole = [0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 2, 0x0F, 0xF7];
        assert_eq!(messages(&[(true, &whole)]), [drums]);
        assert_eq!(messages(&[(true, &whole[..8])]), [drums], "without F7");
        for cut in 1..9 {
            assert_eq!(messages(&[(true, &whole[..cut]), (false, &whole[cut..])]), [drums]);
        }
        let three = [(true, &whole[..3]), (false, &whole[3..5]), (false, &whole[5..])];
        assert_eq!(messages(&three), [drums]);
        let escape = [&[0xF0][..], &whole].concat();
        assert_eq!(messages(&[(false, &escape)]), [drums]);
        assert_eq!(messages(&[(false, &escape[..5]), (false, &escape[5..])]), [drums]);
        let two = [&[0x7E, 0x7F, 9, 1, 0xF7][..], &escape].concat();
        assert_eq!(messages(&[(true, &two)]), [SysEx::Reset(Standard::Gm), drums]);
    }

    #[test]
    fn bytes_outside_a_message_mean_nothing() {
        let whole = [0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 2, 0x0F, 0xF7];
        assert_eq!(messages(&[(false, &whole)]), []);
        assert_eq!(messages(&[(true, &[0x41, 0x90]), (false, &whole[1..])]), []);
        assert_eq!(messages(&[(false, &[0xF3, 1])]), []);
    }

    #[test]
    fn status_bytes_make_a_payload_implausible() {
        assert!(is_plausible_payload(&[0x7E, 0x7F, 9, 1, 0xF7]));
        assert!(is_plausible_payload(&[0x7E, 0xF7, 0xF0, 0x7E, 0xF7]));
        assert!(is_plausible_payload(&[0x7E, 0x7F]));
        assert!(!is_plausible_payload(&[0x7F, 9, 1, 0xF7, 0, 0x90, 60, 90]));
        assert!(!is_plausible_payload(&[0x7F, 0xF0]));
        assert!(is_plausible_payload(&[0xF0, 0x43, 0xF7]));
    }
}
