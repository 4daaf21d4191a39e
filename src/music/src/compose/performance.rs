//! How written notes are played: in the instrument's range, swung, let go, and stressed as a
//! listener expects.

use super::form::{Meter, Plan, Section};
use super::instruments::{Instrument, Part};
use super::rng::Rng;
use super::section_writer::SectionNote;
use crate::midi::PlacedNote;
use crate::note::{Pitch, Velocity};

/// Places a section's notes of one part in the song: swing, articulation, range, dynamics.
pub(super) fn place(
    plan: &Plan,
    player: Instrument,
    part: Part,
    section: Section,
    notes: &[SectionNote],
    touch: &mut Rng,
) -> Vec<PlacedNote> {
    let measure = plan.meter.measure();
    let level = part.loudness() + section.kind.loudness();
    let place = |note: &SectionNote| {
        let onset = section.start * measure + swung(plan, note.at);
        let end = section.start * measure + swung(plan, note.at + note.length);
        // A tone is let go a little early, a beaten one at once.
        let length = (end - onset) * if part == Part::Bass { 88 } else { 94 } / 100;
        let stress = stress(plan.meter, note.at) + [0, 2, 4, 1][(note.at / measure % 4) as usize];
        let velocity = level + note.weight + stress + touch.between(-3, 3);
        let pitch = if part == Part::Drums { note.pitch } else { player.reach(note.pitch) };
        PlacedNote::new(
            onset,
            length,
            Pitch::clamped(pitch.clamp(0, 127) as u8),
            Velocity::clamped(velocity.clamp(20, 127) as u8),
        )
    };
    notes.iter().map(place).collect()
}

fn stress(meter: Meter, at: u32) -> i32 {
    match at % meter.measure() {
        0 => 6,
        within if within % meter.beat() == 0 => 2,
        _ => -4,
    }
}

/// Long-short eighths: the second half of a beat begins at two thirds of it.
fn swung(plan: &Plan, at: u32) -> u32 {
    let (beat, within) = (at / 480 * 480, at % 480);
    match within {
        _ if !plan.swing => at,
        0..=240 => beat + within * 4 / 3,
        _ => beat + 320 + (within - 240) * 2 / 3,
    }
}
