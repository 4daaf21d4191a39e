//! Errors of `generate`: with hints, and before anything runs if possible.

use crate::midi::{Track, one};
use crate::project::Project;
use crate::sampling::{draw, trained};
use crate::tiny::{played, song};

fn refused(stage: &str, message: &str, hint: &str) {
    let project = trained(stage);
    let call = project.call(&["run", "p"]);
    assert_eq!(call.code, 2, "{stage}: {}", call.stdout);
    assert!(call.error("message").contains(message), "{stage}: {}", call.stdout);
    assert!(call.error("hint").contains(hint), "{stage}: {}", call.stdout);
    assert!(!project.exists("artifacts"), "nothing ran");
}

#[test]
fn mode_without_its_input_is_refused_before_anything_runs() {
    for (mode, input, hint) in [
        ("around", "around", "files: { around: FILE }"),
        ("interpolate", "start", "files: { start: FILE, end: FILE }"),
        ("vary", "samples", "from: { samples: STAGE }"),
    ] {
        let message = format!("mode '{mode}' reads '{input}', which is not given");
        refused(&draw("drawn", "", &format!("mode: {mode}")), &message, hint);
    }
    let one_end = draw("drawn", "start: data/one.mid", "mode: interpolate");
    refused(&one_end, "reads 'end'", "files: { start");
}

#[test]
fn input_that_the_mode_does_not_read_is_refused_except_in_a_sweep_over_modes() {
    let forgotten = draw("drawn", "around: data/one.mid", "count: 2");
    refused(&forgotten, "mode 'prior' does not read 'around'", "params: { mode: around }");
    let other = draw("drawn", "around: data/one.mid", "mode: interpolate");
    refused(&other, "mode 'interpolate' reads 'start'", "files: { start");
    let sweep = draw("drawn", "around: data/one.mid", "count: 1");
    let sweep = sweep.replace("params:", "matrix: { mode: [prior, around] }, params:");
    let run = trained(&sweep).run(&[]);
    assert_eq!(run.executed()[4..], ["drawn[mode=prior]", "drawn[mode=around]"]);
}

#[test]
fn decoder_is_given_exactly_if_songs_are_played_note_by_note() {
    refused(
        &draw("drawn", "", "decode: notes"),
        "decode 'notes' reads 'decoder', which is not given",
        "from: { decoder: STAGE }",
    );
    let project = Project::of(&played().replace(", decode: notes", ""));
    let call = project.call(&["run", "p"]);
    assert_eq!(
        call.error("message"),
        "decode 'density' does not read 'decoder'",
        "{}",
        call.stdout
    );
    assert_eq!(call.error("hint"), "params: { decode: notes } does");
}

#[test]
fn typing_errors_are_reported_with_hints() {
    refused(&draw("drawn", "", "mode: mixtures"), "mixtures", "mixture");
    refused(&draw("drawn", "", "decode: bernouli"), "bernouli", "bernoulli");
    refused(&draw("drawn", "", "temprature: 1"), "temprature", "temperature");
    let ends = "start: data/one.mid, end: data/other.mid";
    let single = draw("drawn", ends, "mode: interpolate, count: 1");
    refused(&single, "at least 2 songs", "count: 9");
    let missing = trained(&draw("drawn", "around: data/none.mid", "mode: around"));
    let call = missing.call(&["run", "p"]);
    assert_eq!(call.code, 2, "{}", call.stdout);
    assert!(call.error("message").contains("data/none.mid"), "{}", call.stdout);
}

/// Runs a drawing around a file that cannot be drawn around.
fn fails(bytes: Vec<u8>, params: &str, message: &str, hint: &str) {
    let stage = draw("drawn", "around: data/one.mid", &format!("mode: around, count: 1{params}"));
    let project: Project = trained(&stage);
    project.write("data/one.mid", bytes);
    let call = project.call_plain(&["run", "p"]);
    assert_eq!(call.code, 1, "{}", call.stderr);
    let told = call.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(message), "{}", call.stderr);
    assert!(told.contains(hint), "{}", call.stderr);
}

/// So many quarter notes.
fn quarters(count: u8, channel: u8) -> Vec<u8> {
    let notes = (0..count).fold(Track::new(), |track, beat| {
        track.note(if beat == 0 { 0 } else { 470 }, channel, 60 + beat % 5)
    });
    one(notes.end())
}

#[test]
fn too_short_file_is_reported_with_its_measures() {
    let message = "one.mid has no 4 measures of one meter; measures found: 3 of 4/4 from measure 1";
    fails(quarters(12, 0), "", message, "the model needs 4 measures: give a longer piece");
    let message = "one.mid has no 4 measures of one meter from measure 9 on";
    fails(quarters(24, 0), ", first_measure: 9", message, "first_measure: 1 to 3 may work");
    fails(song(48), ", first_measure: 2", "from measure 2 on", "first_measure: 1 works");
}

#[test]
fn file_without_music_is_reported() {
    fails(b"no music".to_vec(), "", "one.mid cannot be read as music", "give a Standard MIDI File");
    fails(one(Track::new().end()), "", "one.mid", "give a");
    fails(quarters(24, 9), "", "nothing but 24 drum notes", "drums: keep uses drums as pitches");
    let low = (0..16).fold(Track::new(), |track, _| track.note(470, 0, 5));
    fails(one(low.end()), "", "outside the pitch window", "the model knows MIDI pitches 36 to 83");
}

#[test]
fn drums_are_used_as_pitches_if_kept() {
    let stage = draw("drawn", "around: data/one.mid", "mode: around, count: 1, drums: keep");
    let project = trained(&stage);
    project.write("data/one.mid", quarters(24, 9));
    assert_eq!(project.run(&[]).executed().len(), 5);
}

#[test]
fn pattern_of_several_files_is_reported() {
    let stage = draw("drawn", "around: \"data/*.mid\"", "mode: around, count: 1");
    let call = trained(&stage).call_plain(&["run", "p"]);
    assert_eq!(call.code, 1);
    assert!(call.stderr.contains("'around' names 2 files"), "{}", call.stderr);
    assert!(call.stderr.contains("give it one MIDI file"), "{}", call.stderr);
}
