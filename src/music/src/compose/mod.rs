//! A composer of small video game songs: the corpus that makes everything work with no download.
//!
//! Song `index` of a seed is a pure function of the two; every choice is integer arithmetic on a
//! specified stream, so its bytes are equal on every machine. A song is made from the whole to the
//! part:
//!
//! 1. `form`: a `mood` (town, battle, sea...) leans on tempo, meter, mode and swing, and a form of
//!    sections is chosen, such as intro, verse, chorus, verse, outro: 32 to 64 measures.
//! 2. `harmony`: each kind of section is cut into phrases of four measures, which take a
//!    `progression` of `chord`s in a `scale` and end in open or closed cadences.
//! 3. `melody`: motifs, of a `rhythm` and a contour, are repeated, moved and answered over those
//!    chords; `counter` adds a second voice.
//! 4. `bass`, `accompaniment` and `drums` each draw one pattern per kind of section and play it
//!    over the chords.
//! 5. `score`: whatever shares a kind shares its material; repeats are varied a little; intro and
//!    outro grow out of the verse. `instruments` says who plays, how high and low, and
//!    `performance` how loud and long.
//!
//! `rng` keeps the choices of each purpose in a stream of their own, so one more throw for a bass
//! line leaves every melody as it was.

mod accompaniment;
mod bass;
mod chord;
mod counter;
mod drums;
mod form;
mod harmony;
mod instruments;
mod melody;
mod mood;
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
use form::{Plan, QUARTER};
use instruments::{Band, Part};
use performance::place;
use rng::{Rng, RngStream};
use section_writer::SectionWriter;

/// Composes song `index` of a seed: 32 to 64 measures at 480 ticks a quarter, with a marker at each
/// section's start.
pub fn compose(seed: u64, index: u32) -> Piece {
    let plan = Plan::draw(&mut Rng::new(seed, index, RngStream::Plan, u8::MAX));
    let band = Band::draw(&mut Rng::new(seed, index, RngStream::Band, u8::MAX), plan.mood);
    let score = SectionWriter { seed, index, plan: &plan, band: &band };

    let mut voices = Part::ALL.map(|_| Vec::new());
    let mut markers = Vec::new();
    let mut touch = Rng::new(seed, index, RngStream::Touch, 0);
    for &section in &plan.form {
        let at = section.start * plan.meter.measure();
        markers.push(Marker { at, name: section.kind.name().into() });
        for ((part, notes), voice) in
            Part::ALL.into_iter().zip(score.section(section)).zip(&mut voices)
        {
            voice.extend(place(&plan, band.player(part), part, section, &notes, &mut touch));
        }
    }
    let tracks = Part::ALL.into_iter().zip(voices).filter(|(_, notes)| !notes.is_empty());
    let track = |(part, notes): (Part, Vec<_>)| Track {
        name: part.name().into(),
        channel: if part == Part::Drums { Channel::DRUMS } else { Channel::clamped(part as u8) },
        program: band.player(part).program,
        notes,
    };
    Piece {
        division: DIVISION,
        microseconds_per_quarter: microseconds_per_quarter(plan.tempo),
        signature: plan.meter.signature(),
        key: Some(plan.key.signature()),
        title: format!("{} No. {}", plan.mood.name(), index + 1),
        comment: Some(comment(seed, index, &plan)),
        markers,
        tracks: tracks.map(track).collect(),
    }
}

const DIVISION: Division = Division::new(QUARTER as u16).expect("480 is a division");

/// Where the song comes from, for the text event of its file.
fn comment(seed: u64, index: u32, plan: &Plan) -> String {
    let sections: Vec<String> = plan
        .form
        .iter()
        .map(|section| format!("{} {}", section.kind.name(), section.measures))
        .collect();
    format!(
        "Composed by Partita: seed {seed}, song {index}; {}, {} bpm{}; {}",
        plan.key.name(),
        plan.tempo,
        if plan.swing { ", swing" } else { "" },
        sections.join(", "),
    )
}
