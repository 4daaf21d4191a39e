//! A composer of small video game songs: a corpus that needs no download.
//!
//! Song `index` of a seed is a pure function of the two. Every choice is integer arithmetic on random numbers of a
//! specified algorithm, so the bytes are equal on every machine. A song is composed from the whole to the part:
//!
//! 1. `form`: a `mood` (town, battle, sea...) suggests tempo, `meter`, mode and swing; a form of sections is drawn,
//!    such as intro, verse, chorus, verse, outro: 32 to 64 measures.
//! 2. `harmony`: each kind of section is divided into phrases of four measures, which follow a `progression` of
//!    `chord`s in a `scale` and end in open or closed cadences.
//! 3. `melody`: motifs, each a `rhythm` and a contour, are repeated, shifted and answered over those chords;
//!    `counter` adds a second voice.
//! 4. `bass`, `accompaniment` and `drums` each draw one pattern per kind of section and play it over the chords.
//! 5. `section_writer`: sections of one kind share their material; repeats are varied a little; intro and outro use
//!    that of the verse. `instruments` decides programs and ranges, `performance` velocities and lengths.

mod accompaniment;
mod bass;
mod chord;
mod counter;
mod drums;
mod form;
mod harmony;
mod instruments;
mod melody;
mod meter;
mod mood;
mod notes;
mod performance;
mod progression;
mod rhythm;
mod rng;
mod scale;
mod section_writer;
#[cfg(test)]
mod tests;

use super::midi::{Marker, Piece, Track, microseconds_per_quarter};
use super::note::{Channel, Division};
use form::Plan;
use instruments::{Band, Part};
use meter::QUARTER;
use performance::place;
use rng::{Rng, RngStream};
use section_writer::SectionWriter;

/// Composes song `index` of a seed: 32 to 64 measures at 480 ticks per quarter, with a marker at the start of each
/// section.
pub fn compose(seed: u64, index: u32) -> Piece {
    let plan = Plan::draw(&mut Rng::new(seed, index, RngStream::Plan, u8::MAX));
    let band = Band::draw(&mut Rng::new(seed, index, RngStream::Band, u8::MAX), plan.mood);
    let writer = SectionWriter { seed, index, plan: &plan, band: &band };

    let mut voices = Part::ALL.map(|_| Vec::new());
    let mut markers = Vec::new();
    let mut touch = Rng::new(seed, index, RngStream::Touch, 0);
    for &section in &plan.form {
        let at = section.start * plan.meter.measure();
        markers.push(Marker { at, name: section.kind.to_string() });
        for ((part, notes), voice) in
            Part::ALL.into_iter().zip(writer.section(section)).zip(&mut voices)
        {
            voice.extend(place(&plan, band.instrument(part), part, section, &notes, &mut touch));
        }
    }
    let tracks = Part::ALL.into_iter().zip(voices).filter(|(_, notes)| !notes.is_empty());
    let track = |(part, notes): (Part, Vec<_>)| Track {
        name: part.to_string(),
        channel: if part == Part::Drums { Channel::DRUMS } else { Channel::clamped(part as u8) },
        program: band.instrument(part).program,
        notes,
    };
    Piece {
        division: DIVISION,
        microseconds_per_quarter: microseconds_per_quarter(plan.tempo),
        signature: plan.meter.signature(),
        key: plan.key.signature(),
        title: format!("{} No. {}", plan.mood, index + 1),
        comment: Some(comment(seed, index, &plan)),
        markers,
        tracks: tracks.map(track).collect(),
    }
}

const DIVISION: Division = Division::new(QUARTER as u16).expect("480 is a division");

/// The origin of a song, for the text event of its file.
fn comment(seed: u64, index: u32, plan: &Plan) -> String {
    let sections: Vec<String> =
        plan.form.iter().map(|section| format!("{} {}", section.kind, section.measures)).collect();
    format!(
        "Composed by Partita: seed {seed}, song {index}; {}, {} bpm{}; {}",
        plan.key.name(),
        plan.tempo,
        if plan.swing { ", swing" } else { "" },
        sections.join(", "),
    )
}
