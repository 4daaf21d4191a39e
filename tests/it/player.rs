//! The decoder that plays note by note.

use crate::project::{Project, eventually};
use crate::tiny::played;
use rustix::process::Signal;
use serde_json::Value;

#[test]
fn songs_are_played_by_a_decoder_and_depend_on_their_number_alone() {
    let project = Project::of(&played());
    let run = project.run(&["--until", "played"]);
    assert_eq!(run.executed()[4..], ["player", "played"], "{}", run.stdout);
    let songs = project.listing("artifacts/p/played/songs/midi");
    assert_eq!(songs, ["song-001.mid", "song-002.mid", "song-003.mid"]);
    let first = project.bytes("artifacts/p/played/songs/npy/song-001.npy");
    project.run(&["--until", "played", "--set", "stages.played.params.count=1"]);
    assert_eq!(project.bytes("artifacts/p/played/songs/npy/song-001.npy"), first);
}

#[test]
fn decoder_and_its_songs_do_not_depend_on_the_number_of_jobs() {
    let [one, other] = ["1", "3"].map(|jobs| {
        let project = Project::of(&played());
        project.run(&["--until", "played", "--jobs", jobs]);
        project
    });
    for folder in ["artifacts/p/player", "artifacts/p/played"] {
        assert!(one.files(folder) == other.files(folder), "{folder} differs");
    }
}

#[test]
fn decoder_measures_its_bits_with_another_code_and_without() {
    let project = Project::of(&played());
    project.run(&["--until", "player"]);
    let bits: Value =
        serde_json::from_str(&project.text("artifacts/p/player/decoder/bits.json")).unwrap();
    for key in ["coded", "other", "uncoded"] {
        let parts = ["plan", "rhythm", "chord"].map(|part| bits[key][part].as_f64().unwrap());
        let total = bits[key]["total"].as_f64().unwrap();
        assert!(total > 0.0 && (parts.iter().sum::<f64>() - total).abs() < 1e-9, "{bits}");
    }
    assert!(bits["kl"].as_f64().unwrap() > 0.0 && bits["samples"].as_u64().unwrap() > 0, "{bits}");
}

#[test]
fn decoder_of_a_model_of_another_size_is_refused() {
    let other = played().replace(
        "  drawn:",
        "  large:
    uses: train
    from: { samples: rolls }
    params: { measure_hidden: 8, measure_code: 4, song_hidden: 8, latent: 3, epochs: 1, songs: 1 }
  drawn:",
    );
    let project = Project::of(&other.replace(
        "samples: rolls, model: train.model }\n    params: { epochs: 2",
        "samples: rolls, model: large.model }\n    params: { epochs: 2",
    ));
    let call = project.call(&["run", "p", "--until", "played"]);
    assert_eq!(call.code, 1, "{}", call.stdout);
    assert!(call.stderr.contains("the decoder is of a model of another size"), "{}", call.stderr);
}

#[test]
fn interrupted_decoder_resumes_with_equal_outputs() {
    let yaml = played().replace("epochs: 2, batch: 4", "epochs: 150, batch: 1");
    let straight = Project::of(&yaml);
    straight.run(&["--until", "player"]);
    let stopped = Project::of(&yaml);
    stopped.run(&["--until", "train"]);
    let running = stopped.start(&["--until", "player"]);
    let kept = || {
        let mut files = stopped.listing("artifacts/work").into_iter();
        files.any(|path| path.ends_with("decoder.safetensors"))
    };
    eventually("a checkpoint", kept);
    running.signal(Signal::INT);
    assert_eq!(running.wait().code, 130);
    let run = stopped.run(&["--until", "player"]);
    assert_eq!(run.executed(), ["player"]);
    assert!(run.stderr.contains("resumed at step "), "{}", run.stderr);
    assert!(straight.files("artifacts/p/player") == stopped.files("artifacts/p/player"));
}

#[test]
fn critic_chooses_each_song_among_candidates_that_depend_on_its_number_alone() {
    let project = Project::of(&played());
    let run = project.run(&["--until", "chosen"]);
    assert_eq!(run.executed()[5..], ["played", "critic", "chosen"], "{}", run.stdout);
    let scores = || {
        let sql = "select score from self order by index";
        let rows = project.call(&["stats", "p/chosen", "--sql", sql]).json;
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["score"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let two = scores();
    assert_eq!(two.len(), 2);
    project.run(&["--until", "chosen", "--set", "stages.chosen.params.count=1"]);
    assert_eq!(scores(), two[..1]);
    let mean = |candidates: usize| {
        let setting = format!("stages.chosen.params.candidates={candidates}");
        project.run(&[
            "--until",
            "chosen",
            "--set",
            &setting,
            "--set",
            "stages.chosen.params.count=9",
        ]);
        scores().iter().sum::<f64>() / 9.0
    };
    assert!(mean(30) > mean(1), "chosen songs have better scores");
}

#[test]
fn midi_files_alone_are_enough_for_a_critic_and_not_for_a_report() {
    let yaml = played().replace("count: 3, decode: notes", "count: 3, decode: notes, files: midi");
    let project = Project::of(&yaml.replace("songs: drawn }", "songs: played }"));
    project.run(&["--until", "critic"]);
    assert!(!project.path("artifacts/p/played/songs/npy").exists());
    let call = project.call(&["run", "p", "--until", "report"]);
    assert_eq!(call.code, 1, "{}", call.stdout);
    assert!(call.stderr.contains("only MIDI files"), "{}", call.stderr);
    let whole = Project::of(&played());
    whole.run(&["--until", "critic"]);
    assert!(whole.files("artifacts/p/critic") == project.files("artifacts/p/critic"));
}

#[test]
fn critic_has_an_accuracy_if_there_are_songs_to_test_it_on() {
    let project = Project::of(&played());
    let accuracy = |songs: usize| {
        let setting = format!("stages.played.params.count={songs}");
        project.run(&["--until", "critic", "--set", &setting]);
        let text = project.text("artifacts/p/critic/critic/critic.json");
        let critic: Value = serde_json::from_str(&text).unwrap();
        (critic["accuracy"].as_f64(), critic["learned"].as_u64().unwrap())
    };
    assert_eq!(accuracy(3).0, None, "a fifth of three songs is none");
    let (found, learned) = accuracy(10);
    assert!((0.0..=1.0).contains(&found.unwrap()));
    assert!(
        (9..=16).contains(&learned),
        "eight drawn songs and up to as many real ones: {learned}"
    );
}
