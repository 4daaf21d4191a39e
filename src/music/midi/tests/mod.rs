//! One promise per trap of real files.

mod bytes;
mod fuzz;
mod meaning;

#[path = "../../../../tests/it/midi.rs"]
mod build;

use super::{Fault, Reading, Status, read};
use crate::music::score::Score;

fn faults(reading: &Reading) -> Vec<Fault> {
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
