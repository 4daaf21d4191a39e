//! One promise per trap of real files.
//!
//! | trap | handling | code |
//! |---|---|---|
//! | running status across SysEx or meta events, across tracks | continues | `running_status` |
//! | an event at which midly stops | read leniently, or skipped | `bad_key_signature`, `system_message`... |
//! | a data byte above 127 | clamped | `data_byte` |
//! | SMPTE time | refused: there are no measures | status `smpte` |
//! | 0 ticks per quarter; 32,767 | refused; read | status `ppq0` |
//! | huge pauses, long quantities | 64-bit ticks; measures are limited, never ticks | `long_quantity`, status `absurd_length` |
//! | a wrong track length, also inside a text | End-of-Track and the next `MTrk` decide | `chunk_length` |
//! | odd, lost or changed bytes in a track | the next place from which the rest is intact (`intact`) | `stray_data`, ... |
//! | SysEx in packets, as an escape, without its length | joined; ends at its F7 | `sysex_length` |
//! | End-of-Track days after the music | the duration is that of the music | `far_end` |
//! | a wrong number of tracks | ignored | `track_count` |
//! | no End-of-Track; bytes behind it | kept; counted as unread | `missing_end_of_track`, `data_after_end`, `trailing_bytes` |
//! | a cut file | the part before the cut is read | `truncated_track`, also a status |
//! | format 2; above 2 | pieces in sequence; as format 1 | column `format`; `unknown_format` |
//! | RIFF, MacBinary, tags, warnings; gzip, HTML... | unwrapped; named | `riff_wrapped`, `header_offset`, status `not_midi` |
//! | notes without length or end, overlapping ones, ended by another track | their onsets count | `unended_note` |
//! | note-on with velocity 0 | an end | |
//! | repeated, late, conflicting, impossible meters | united over tracks, the last valid one holds; 4/4 before the first; a measure begins at each | `conflicting_`, `late_`, `bad_time_signature`, `short_measure` |
//! | a meter that changes | segments of constant meter (`roll`) | column `segments` |
//! | no meter written | 4/4 | column `time_signature_source` |
//! | ticks of a ripper's audio clock | marked | `sample_clock` |
//! | tempo off the first track, tempo 0 | kept; ignored | `bad_tempo` |
//! | drums elsewhere than on channel 10, programs on another track | followed by time, message by message | `drum_channels` |
//! | Windows 3's second arrangement | left out | `dual_arrangement` |
//! | text of unknown encoding, control characters | guessed from all texts (`charset`); cleaned | |
//! | karaoke: the first name is no title | the `@T` text | |
//! | impossible keys | kept as written | `bad_key_signature` |
//! | loop markers | recorded | column `loop_points` |
//! | notes outside the pitch window | left out, counted (`roll`) | column `outside_window`, status `out_of_range` |
//! | duplicates, transpositions, versions | grouped (`canonical`, `similar`) | status `duplicate_of`, column `group` |
//! | pick-ups, silence before the music | whole silent measures go (`roll`) | column `leading_empty` |
//! | more than any music has; 33 MiB | refused within bounds | status `absurd_length` |
//! | whatever else | no panic, no hang, 64 MiB at most | `fuzz`, `make fuzz` |

mod bytes;
mod fuzz;
mod meaning;

#[path = "../../../../../tests/it/midi.rs"]
mod build;

use super::{Fault, ReadOutcome, Status, read};
use crate::score::Score;

fn faults(reading: &ReadOutcome) -> Vec<Fault> {
    reading.faults.iter().collect()
}

/// The score, where nothing but these faults was found.
#[track_caller]
fn score_with(bytes: &[u8], expected: &[Fault]) -> Score {
    let reading = read(bytes);
    assert_eq!(reading.status, Status::Ok, "{}", reading.detail);
    assert_eq!(faults(&reading), expected);
    reading.score.unwrap()
}

/// (onset, pitch) of all notes.
fn notes(score: &Score) -> Vec<(u64, u8)> {
    score.notes.iter().map(|note| (note.onset.0, note.pitch.get())).collect()
}

fn meter(score: &Score) -> Vec<(u64, String)> {
    score.signatures.iter().map(|(tick, signature)| (tick.0, signature.to_string())).collect()
}

#[track_caller]
fn refused(bytes: &[u8], status: Status, detail: &str) {
    let reading = read(bytes);
    assert_eq!((reading.status, reading.detail.as_str()), (status, detail));
    assert_eq!(reading.score, None);
}
