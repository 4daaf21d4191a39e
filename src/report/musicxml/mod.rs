//! A song as sheet music: MusicXML 4.0, one piano part on two staves.
//!
//! ```text
//! onsets ─► hands: which staff ─► rhythm: which fraction of the beat, until when ─► key, spelling ─► XML
//! ```
//!
//! An onset roll knows no durations, so the page has to choose what is easiest to read: attacks snapped
//! to sixteenths or to triplets of a quarter, whichever fits that quarter better, and notes that sound
//! until the next attack of their hand. Nothing is lost but that snapping: each onset is a note of the
//! sheet, unless two onsets of one pitch fall on one place.

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
use meter::Meter;
use rhythm::Place;
use std::collections::BTreeSet;

/// What is written above the first measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Title of the piece.
    pub title: String,
    /// Quarter notes a minute.
    pub tempo: u32,
    /// Of each measure; one whose measure is no whole number of sixteenths is written as 4/4.
    pub signature: TimeSignature,
}

/// A hand's measure: what is struck at which place, places ascending, MIDI pitches.
type StaffMeasure = Vec<(Place, BTreeSet<u8>)>;

/// A song as the text of a `.musicxml` file. Songs of the same cells and heading have the same text.
///
/// `song` is one list of sorted cells a measure, of the given shape; pitches above 127 are left out.
pub fn render(song: &[Vec<u16>], shape: &RollShape, heading: &Heading) -> String {
    let attacks = hands::split(song, shape);
    let key = key::Key::of(attacks.iter().flatten().flat_map(|attack| attack.pitches()));
    let meter = Meter::of(heading.signature);
    let measures: Vec<[StaffMeasure; 2]> = attacks
        .iter()
        .map(|measure| {
            let steps = measure.iter().map(|attack| attack.step);
            let places = rhythm::places(steps, shape.steps(), meter);
            let mut staves: [StaffMeasure; 2] = Default::default();
            for (attack, place) in measure.iter().zip(places) {
                for (staff, pitches) in staves.iter_mut().zip(&attack.hands) {
                    strike(staff, place, pitches);
                }
            }
            staves
        })
        .collect();
    xml::score(&measures, key, meter, heading)
}

fn strike(staff: &mut StaffMeasure, place: Place, pitches: &[u8]) {
    if pitches.is_empty() {
        return;
    }
    match staff.last_mut() {
        Some((last, struck)) if *last == place => struck.extend(pitches),
        _ => staff.push((place, pitches.iter().copied().collect())),
    }
}
