//! Pipelines whose whole run takes a fraction of a second.

use crate::midi::{Track, one};
use crate::project::Project;

/// The smallest network, trained on the stage `rolls` for one epoch.
macro_rules! train_stage {
    () => {
        "  train:
    uses: train
    from: { samples: rolls }
    params:
      { measure_hidden: 8, measure_code: 4, song_hidden: 8, latent: 2, batch: 8, epochs: 1,
        songs: 1 }
"
    };
}
pub(crate) use train_stage;

/// Every stage kind except `command`, on a composed corpus.
pub const WHOLE: &str = concat!(
    "\
seed: 1
stages:
  songs: { uses: compose, params: { songs: 6 } }
  catalog: { uses: scan, from: { songs: songs } }
  rolls:
    uses: extract
    from: { catalog: catalog }
    params:
      { measures: 4, steps: 16, pitches: 48, lowest_pitch: 36, validation: 0.3, least_onsets: 1 }
",
    train_stage!(),
    "  drawn: { uses: generate, from: { model: train.model }, params: { count: 2 } }
  report: { uses: evaluate, from: { samples: rolls, model: train.model, songs: drawn } }
"
);

/// [`WHOLE`] with a decoder that plays note by note, songs that a critic chooses, and a refiner.
pub fn played() -> String {
    format!("{WHOLE}{PLAYER}")
}

const PLAYER: &str = "  player:
    uses: decoder
    from: { samples: rolls, model: train.model }
    params: { epochs: 2, batch: 4 }
  played:
    uses: generate
    from: { model: train.model, decoder: player.decoder }
    params: { count: 3, decode: notes }
  critic: { uses: critic, from: { samples: rolls, songs: played } }
  chosen:
    uses: generate
    from: { model: train.model, decoder: player.decoder, critic: critic.critic }
    params: { count: 2, candidates: 3, decode: notes }
  refined:
    uses: refiner
    from: { samples: rolls, model: train.model }
    params: { steps: 2, hidden: 8, batch: 4 }
";

/// The stages of [`WHOLE`].
pub const STAGES: [&str; 6] = ["songs", "catalog", "rolls", "train", "drawn", "report"];

/// A corpus of files, scanned and extracted.
pub const CORPUS: &str = "\
vars: { corpus: data/midi }
stages:
  catalog:
    uses: scan
    files: { midi: \"${corpus}/**/*.mid\" }
  rolls:
    uses: extract
    from: { catalog: catalog }
    where: \"status = 'ok'\"
    params: { measures: 2, steps: 16, least_onsets: 1, validation: 0 }
";

/// Only programs: `lower` reads a file, `sorted` its output, `count` that of `sorted`; `lone` has no inputs.
pub const CHAIN: &str = "\
stages:
  lower:
    uses: command
    files: { text: data/text.txt }
    run: \"tr A-Z a-z < {text} > {out}/lower.txt\"
    outputs: [lower.txt]
  sorted:
    uses: command
    from: { text: lower }
    run: \"sort {text} > {out}/sorted.txt\"
    outputs: [sorted.txt]
  count:
    uses: command
    from: { text: sorted }
    run: \"cat {text} > {out}/copy.txt; wc -l < {text} > {out}/count.txt\"
    outputs: [copy.txt, count.txt]
  lone:
    uses: command
    run: \"echo lone > {out}/lone.txt\"
    outputs: [lone.txt]
";

/// A project with [`CHAIN`] and its file.
pub fn chain() -> Project {
    Project::of(CHAIN).file("data/text.txt", "B\na\nC\n")
}

/// A project with [`CORPUS`] and three songs.
pub fn corpus() -> Project {
    let project = Project::of(CORPUS);
    for (name, lowest) in [("one", 48), ("two", 55), ("three", 60)] {
        project.write(&format!("data/midi/{name}.mid"), song(lowest));
    }
    project
}

/// Four measures of quarter notes, different for each lowest pitch.
pub fn song(lowest: u8) -> Vec<u8> {
    let tune = (0..16).fold(Track::new(), |track, beat: u8| {
        let pitch = lowest + beat * (lowest % 7 + 1) % 12;
        track.note(if beat == 0 { 0 } else { 470 }, 0, pitch)
    });
    one(tune.end())
}
