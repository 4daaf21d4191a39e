//! The meter of songs that are near no music: that of most training samples.

use crate::midi::{Track, one};
use crate::project::Project;
use crate::tiny::train_stage;

/// A pipeline on the files in `data`.
const PIPELINE: &str = concat!(
    "\
stages:
  catalog: { uses: scan, files: { midi: \"data/*.mid\" } }
  rolls:
    uses: extract
    from: { catalog: catalog }
    params: { measures: 2, steps: 16, least_onsets: 1, validation: 0 }
",
    train_stage!(),
    "  drawn: { uses: generate, from: { model: train.model }, params: { count: 1 } }
"
);

/// Thirty-six quarter notes in a meter, different for each lowest pitch.
fn song(lowest: u8, numerator: u8, exponent: u8) -> Vec<u8> {
    let tune = (0..36).fold(Track::new().meter(0, numerator, exponent), |track, note: u8| {
        let pitch = lowest + note * (lowest % 7 + 1) % 12;
        track.note(if note == 0 { 0 } else { 470 }, 0, pitch)
    });
    one(tune.end())
}

/// Asserts that songs of a corpus with these meters, as numerator and exponent, are in the first one.
fn assert_meter(meters: &[(u8, u8)]) {
    let project = Project::of(PIPELINE);
    for (index, &(numerator, exponent)) in (0..).zip(meters) {
        let song = song(45 + 3 * index, numerator, exponent);
        project.write(&format!("data/{index}.mid"), song);
    }
    project.run(&[]);
    let (numerator, exponent) = meters[0];
    let (text, unit) = (format!("{numerator}/{}", 1 << exponent), 1 << exponent);
    let corpus = project.text("artifacts/p/train/model/corpus.json");
    assert!(corpus.contains(&format!("\"time_signature\": \"{text}\"")), "{corpus}");
    let meta = [0xFF, 0x58, 4, numerator, exponent];
    for midi in ["drawn/songs/midi/song-001.mid", "train/epochs/midi/epoch1_0.mid"] {
        let bytes = project.bytes(&format!("artifacts/p/{midi}"));
        assert!(bytes.windows(5).any(|window| window == meta), "{midi} is not in {text}");
    }
    let sheet = project.text("artifacts/p/drawn/songs/sheet/song-001.musicxml");
    let time = format!("<beats>{numerator}</beats><beat-type>{unit}</beat-type>");
    assert!(sheet.contains(&time), "{sheet}");
    let rows = project.call(&["stats", "p/drawn", "--sql", "select time_signature from self"]);
    assert_eq!(rows.json[0]["time_signature"], text);
}

#[test]
fn songs_of_waltzes_are_in_three_four() {
    assert_meter(&[(3, 2), (3, 2)]);
}

#[test]
fn songs_of_a_mixed_corpus_are_in_the_meter_of_most_samples() {
    assert_meter(&[(6, 3), (6, 3), (4, 2)]);
}
