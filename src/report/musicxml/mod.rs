//! Writes a song as sheet music: MusicXML 4.0, one piano part on two staves.
//!
//! ```text
//! onsets ─► hands: staff ─► rhythm: position in the beat, duration ─► key, spelling ─► XML
//! ```
//!
//! An onset roll has no durations, so the notation is chosen for readability: attacks are quantized to sixteenths
//! or, where the beat is a quarter, to triplets, whichever fits that beat better, and notes last until the next attack of
//! their hand. An attack nearest to a bar line is on it, and so in the next measure. Only the quantization loses
//! information: each onset is a note, unless two onsets of one pitch fall on the same place.

mod accidental;
mod beam;
mod hands;
mod key;
mod meter;
#[cfg(test)]
mod property_tests;
mod rhythm;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod value;
mod xml;

use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use meter::{Meter, Place};
use rhythm::places;
use std::collections::{BTreeMap, BTreeSet};

/// Texts and numbers above the first measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Title of the piece.
    pub title: String,
    /// Quarter notes per minute.
    pub tempo: u32,
    /// Time signature of each measure.
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
    let mut measures: Vec<[StaffMeasure; 2]> = vec![Default::default(); attacks.len()];
    for (index, attacks) in attacks.iter().enumerate() {
        let steps = attacks.iter().map(|attack| attack.step);
        let is_last = index + 1 == measures.len();
        for (attack, place) in attacks.iter().zip(places(steps, shape.steps(), meter, is_last)) {
            let staves = &mut measures[index + (place / meter.places) as usize];
            for (staff, pitches) in staves.iter_mut().zip(&attack.hands) {
                if !pitches.is_empty() {
                    staff.entry(place % meter.places).or_default().extend(pitches);
                }
            }
        }
    }
    xml::score(&measures, key, meter, heading)
}
