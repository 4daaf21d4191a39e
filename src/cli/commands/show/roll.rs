//! The pianoroll in the terminal: one dot of Braille per onset, four pitches and two moments per character.

use crate::music::roll::{QuantizedScore, RollShape};

/// Columns of the pitch names.
const LABELS: usize = 5;
/// Pitches of a character.
const PITCHES: usize = 4;
/// Moments of a character.
const MOMENTS: usize = 2;
/// Bits of the dots of a Braille character, from the top left, column by column.
const DOTS: [[u8; PITCHES]; MOMENTS] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Draws all measures of a score on all pitches, no line wider than `columns`. Measure numbers count from the first
/// measure of the file.
pub(super) fn render(score: &QuantizedScore, columns: usize) -> String {
    let shape = RollShape::EVERY_PITCH;
    let measures = score.segments.iter().flat_map(|segment| {
        let numbers = segment.first_measure..;
        numbers.zip(segment.measures.iter())
    });
    let measures: Vec<(u64, &[u16])> = measures.collect();
    let pitches =
        measures.iter().flat_map(|(_, cells)| cells.iter()).map(|&cell| shape.pitch(cell));
    let (Some(lowest), Some(highest)) = (pitches.clone().min(), pitches.max()) else {
        return String::new();
    };
    let lowest = lowest / PITCHES * PITCHES;
    let rows = highest / PITCHES - lowest / PITCHES + 1;
    let width = columns.saturating_sub(LABELS).max(8);
    // A short piece is not stretched beyond its steps.
    let width = width.min((measures.len() * shape.steps()).div_ceil(MOMENTS));
    let mut bits = vec![vec![0_u8; width]; rows];
    let steps = measures.len() * shape.steps();
    for (index, (_, cells)) in measures.iter().enumerate() {
        for &cell in *cells {
            let step = index * shape.steps() + shape.step(cell);
            let (moment, pitch) = (step * width * MOMENTS / steps, shape.pitch(cell) - lowest);
            let row = &mut bits[rows - 1 - pitch / PITCHES];
            row[moment / MOMENTS] |= DOTS[moment % MOMENTS][PITCHES - 1 - pitch % PITCHES];
        }
    }
    let mut text = format!("{}{}\n", " ".repeat(LABELS), header(&measures, width));
    for (index, row) in bits.iter().enumerate() {
        let pitch = lowest + (rows - 1 - index) * PITCHES;
        let dots: String =
            row.iter().filter_map(|&bits| char::from_u32(0x2800 + u32::from(bits))).collect();
        text += &format!("{:<LABELS$}{dots}\n", octave(pitch));
    }
    text
}

/// Returns the name of the C among the pitches of a row, as in `C4`; empty if there is none.
fn octave(lowest: usize) -> String {
    match (lowest..lowest + PITCHES).find(|pitch| pitch % 12 == 0) {
        Some(pitch) => format!("C{}", pitch as i64 / 12 - 1),
        None => String::new(),
    }
}

/// Returns the numbers of the measures above the columns where they begin, as many as fit.
fn header(measures: &[(u64, &[u16])], width: usize) -> String {
    let mut line = String::new();
    for (index, (number, _)) in measures.iter().enumerate() {
        let (number, column) = ((number + 1).to_string(), index * width / measures.len());
        let is_free = line.is_empty() || column > line.len();
        // A number every few columns is enough.
        if is_free && column + number.len() <= width && (index == 0 || column >= line.len() + 4) {
            line = format!("{line:<column$}{number}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Channel, Division, Note, Pitch, Tick, Velocity};
    use crate::music::roll::{Drums, quantize};
    use crate::music::score::Score;

    /// Notes of a quarter each, given as pitches.
    fn quantized(pitches: &[u8]) -> QuantizedScore {
        let mut score = Score::empty(Division::new(480).unwrap());
        score.signatures = vec![(Tick(0), TimeSignature::COMMON)];
        let note = |(beat, &pitch): (u64, &u8)| Note {
            onset: Tick(beat * 480),
            pitch: Pitch::clamped(pitch),
            channel: Channel::clamped(0),
            velocity: Velocity::clamped(64),
            program: 0,
            drum: false,
        };
        score.notes = (0..).zip(pitches).map(note).collect();
        quantize(&score, &RollShape::EVERY_PITCH, Drums::Drop).unwrap()
    }

    #[test]
    fn rising_scale_rises_in_the_terminal() {
        let scale: Vec<u8> = (60..76).collect();
        assert_eq!(
            render(&quantized(&scale), 13),
            "     1     4\nC5   ⠀⠀⠀⠀⠀⠀⡠⠊\n     ⠀⠀⠀⠀⡠⠊⠀⠀\n     ⠀⠀⡠⠊⠀⠀⠀⠀\nC4   ⡠⠊⠀⠀⠀⠀⠀⠀\n"
        );
    }

    #[test]
    fn long_piece_fits_the_columns() {
        let pitches: Vec<u8> = (0..4000_u32).map(|beat| (21 + beat * 7 % 88) as u8).collect();
        for columns in [60, 80, 100, 120] {
            let text = render(&quantized(&pitches), columns);
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{text}");
            assert!(text.lines().next().unwrap().trim_start().starts_with("1 "), "{text}");
            assert_eq!(text.lines().count(), 24);
        }
    }
}
