//! Writes a song as sheet music: MusicXML 4.0, one piano part on two staves.
//!
//! ```text
//! onsets ─► hands: staff ─► rhythm: position in the beat, duration ─► key, spelling ─► XML
//! ```
//!
//! An onset roll has no durations, so the notation is chosen for readability: attacks are quantized to sixteenths
//! or to triplets of a quarter, whichever fits that quarter better, and notes last until the next attack of their
//! hand. Only the quantization loses information: each onset is a note, unless two onsets of one pitch fall on the same
//! place.

mod beam;
mod hands;
mod key;
mod meter;
mod rhythm;
#[cfg(test)]
mod tests;
mod xml;

use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use meter::{Meter, Place};
use std::collections::{BTreeMap, BTreeSet};

/// Texts and numbers above the first measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Title of the piece.
    pub title: String,
    /// Quarter notes per minute.
    pub tempo: u32,
    /// Time signature; notated as 4/4 if its measure is not a whole number of sixteenths.
    pub signature: TimeSignature,
}

/// A measure of one staff: the MIDI pitches that start at each place, places ascending.
type StaffMeasure = BTreeMap<Place, BTreeSet<u8>>;

/// Renders a song as the text of a `.musicxml` file. Equal songs and headings give equal texts.
///
/// `song` is one list of sorted cells per measure, of the given shape; pitches above 127 are left out.
pub fn render(song: &[Vec<u16>], shape: &RollShape, heading: &Heading) -> String {
    let attacks = hands::split(song, shape);
    let key = key::Key::from_pitches(attacks.iter().flatten().flat_map(|attack| attack.pitches()));
    let meter = Meter::new(heading.signature);
    let measures: Vec<[StaffMeasure; 2]> = attacks
        .iter()
        .map(|measure| {
            let steps = measure.iter().map(|attack| attack.step);
            let places = rhythm::places(steps, shape.steps(), meter);
            let mut staves: [StaffMeasure; 2] = Default::default();
            for (attack, place) in measure.iter().zip(places) {
                for (staff, pitches) in staves.iter_mut().zip(&attack.hands) {
                    if !pitches.is_empty() {
                        staff.entry(place).or_default().extend(pitches);
                    }
                }
            }
            staves
        })
        .collect();
    xml::score(&measures, key, meter, heading)
}
