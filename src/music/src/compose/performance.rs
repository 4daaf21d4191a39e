//! Performance of written notes: the range of the instrument, swing, articulation and dynamics.

use super::form::{Plan, Section};
use super::instruments::{Instrument, Part};
use super::meter::Meter;
use super::notes::SectionNote;
use super::rng::Rng;
use crate::midi::PlacedNote;
use crate::note::{Pitch, Velocity};

/// Places the notes of one part and section in the song.
pub(super) fn place(
    plan: &Plan,
    instrument: Instrument,
    part: Part,
    section: Section,
    notes: &[SectionNote],
    touch: &mut Rng,
) -> Vec<PlacedNote> {
    let measure = plan.meter.measure();
    let level = part.loudness() + section.kind.loudness();
    let place = |note: &SectionNote| {
        let onset = section.start * measure + swing(plan, note.at);
        let end = section.start * measure + swing(plan, note.at + note.length);
        // A note ends a little early.
        let length = (end - onset) * if part == Part::Bass { 88 } else { 94 } / 100;
        let accent = accent(plan.meter, note.at) + [0, 2, 4, 1][(note.at / measure % 4) as usize];
        let velocity = level + note.stress + accent + touch.between(-3, 3);
        let velocity = Velocity::clamped(velocity.clamp(20, 127) as u8);
        let pitch = if part == Part::Drums { note.pitch } else { instrument.fit(note.pitch) };
        PlacedNote::new(onset, length, Pitch::clamped(pitch.clamp(0, 127) as u8), velocity)
    };
    notes.iter().map(place).collect()
}

fn accent(meter: Meter, at: u32) -> i32 {
    match at % meter.measure() {
        0 => 6,
        within if within % meter.beat() == 0 => 2,
        _ => -4,
    }
}

/// Plays long-short eighths: the second half of a beat starts at two thirds of it.
fn swing(plan: &Plan, at: u32) -> u32 {
    let (beat, within) = (at / 480 * 480, at % 480);
    match within {
        _ if !plan.swing => at,
        0..=240 => beat + within * 4 / 3,
        _ => beat + 320 + (within - 240) * 2 / 3,
    }
}
