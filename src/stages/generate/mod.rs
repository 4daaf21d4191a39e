//! `generate`: songs from the prior.
//!
//! Writes `songs/midi/song-001.mid`, `songs/img/song-001.png`, `songs/npy/song-001.npy` (uint8, axes
//! measure, step, pitch; 1 is an onset), `latents.npy` (float32, axes song, latent) and `songs.parquet`, a
//! row a song. Song `i` depends on the model, the seed and `i` alone.

use super::corpus;
use super::draw::{Choice, Provenance, write_song};
use crate::columnar::{SongRow, write};
use crate::fingerprint::Preimage;
use crate::metrics::Shape;
use crate::metrics::structure::distinct_measures;
use crate::report::array;
use crate::spec::{Accepts, Constant, Cpus, Input, Kind, Output, Parameter, Source};
use crate::stage::{Context, Exhibit, InputSet, Shelf, Stage, StageError};
use partita_vae::sample_prior;
use serde::Deserialize;

pub(super) struct Generate;

const KIND: Kind = Kind {
    name: "generate",
    about: "Draw songs from a trained model: MIDI, pictures and arrays",
    version: 1,
    params: &[
        Parameter {
            name: "count",
            about: "How many songs.",
            accepts: Accepts::Integer(1, 10_000),
            default: Constant::Integer(16),
        },
        Parameter {
            name: "decode",
            about: "density: as many onsets as the median training sample has; threshold: all cells \
                    from a probability on.",
            accepts: Accepts::Choice(&["density", "threshold"]),
            default: Constant::Text("density"),
        },
        Parameter {
            name: "threshold",
            about: "That probability.",
            accepts: Accepts::Number(0.0, 1.0),
            default: Constant::Number(0.5),
        },
        Parameter {
            name: "spread",
            about: "Standard deviation of the prior that is drawn from; below 1 is tamer.",
            accepts: Accepts::Number(0.0, 10.0),
            default: Constant::Number(1.0),
        },
        Parameter {
            name: "tempo",
            about: "Quarter notes a minute in the MIDI files.",
            accepts: Accepts::Integer(20, 400),
            default: Constant::Integer(120),
        },
        Parameter {
            name: "program",
            about: "General MIDI program in the MIDI files; 0 is a grand piano.",
            accepts: Accepts::Integer(0, 127),
            default: Constant::Integer(0),
        },
    ],
    inputs: &[Input {
        name: "model",
        about: "A trained model.",
        source: Source::Stage { kinds: &["train"], output: Some("model") },
        required: true,
    }],
    outputs: &[
        Output { name: "songs", path: "songs/", about: "midi/, img/ and npy/, one file a song." },
        Output { name: "latents", path: "latents.npy", about: "The songs' latent vectors." },
        Output { name: "table", path: "songs.parquet", about: "One row a song." },
    ],
    filter: false,
    command: false,
    cpus: Cpus::One,
    seeded: true,
    asides: &[],
};

const EXHIBITS: &[Exhibit] = &[
    Exhibit { of: Shelf::Outputs, from: "songs/", to: "songs/" },
    Exhibit { of: Shelf::Outputs, from: "songs.parquet", to: "songs/songs.parquet" },
];

/// Songs decoded at once.
const CHUNK: usize = 16;

#[derive(Deserialize)]
struct Params {
    count: usize,
    decode: String,
    threshold: f64,
    spread: f32,
    tempo: u32,
    program: u8,
}

impl Stage for Generate {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn exhibits(&self) -> &'static [Exhibit] {
        EXHIBITS
    }

    fn run(&self, context: &Context<'_>) -> Result<String, StageError> {
        let params: Params = context.parameters()?;
        let input = context.input("model")?;
        let (model, corpus) = corpus::model(input)?;
        let shape = corpus.shape();
        let digest = model_digest(input);
        let choice = Choice::new(&params.decode, params.threshold, corpus.median_onsets);
        let mut latents = sample_prior(model.architecture().latent, context.seed, params.count);
        latents.iter_mut().flatten().for_each(|value| *value *= params.spread);
        let mut rows = Vec::new();
        for chunk in latents.chunks(CHUNK) {
            context.stop.check()?;
            for probabilities in model.decode(chunk).map_err(StageError::failed)? {
                let index = rows.len();
                let (song, threshold) = choice.song(&probabilities, &shape);
                let name = format!("song-{:03}", index + 1);
                let provenance = Provenance {
                    title: format!("Partita {}", index + 1),
                    comment: format!(
                        "drawn by partita from model {digest}, seed {}, song {index}",
                        context.seed
                    ),
                    tempo: params.tempo,
                    program: params.program,
                };
                write_song(&context.out.join("songs"), &name, &song, &shape, &provenance)?;
                let mut row = song_row(&song, &shape, &name);
                (row.index, row.seed) = (index as u32, context.seed);
                (row.threshold, row.model) = (threshold, digest.clone());
                row.latent.clone_from(&latents[index]);
                rows.push(row);
                context.report.progress("songs", rows.len() as u64, params.count as u64, "");
            }
        }
        write(&context.out.join("songs.parquet"), &rows).map_err(StageError::failed)?;
        let flat: Vec<f32> = latents.iter().flatten().copied().collect();
        let npy = array::matrix(&flat, latents.len(), model.architecture().latent);
        fs_err::write(context.out.join("latents.npy"), npy.map_err(StageError::failed)?)?;
        Ok(summarize(&rows))
    }
}

/// One digest for all files of a model.
fn model_digest(input: &InputSet) -> String {
    let mut preimage = Preimage::new("model");
    for file in &input.files {
        preimage.text(&file.path);
        if let Some(digest) = &file.digest {
            preimage.digest(digest);
        }
    }
    preimage.finish().short()
}

fn song_row(song: &[Vec<u16>], shape: &Shape, name: &str) -> SongRow {
    let pitches = || song.iter().flatten().map(|&cell| shape.pitch(cell) as i32);
    let onsets = song.iter().map(Vec::len).sum::<usize>();
    SongRow {
        index: 0,
        seed: 0,
        model: String::new(),
        threshold: 0.0,
        onsets: onsets as u32,
        density: onsets as f64 / shape.cells() as f64,
        lowest_pitch: pitches().min(),
        highest_pitch: pitches().max(),
        distinct_measures: distinct_measures(song) as u32,
        mid: format!("songs/midi/{name}.mid"),
        npy: format!("songs/npy/{name}.npy"),
        png: format!("songs/img/{name}.png"),
        latent: Vec::new(),
    }
}

fn summarize(rows: &[SongRow]) -> String {
    let mut onsets: Vec<u32> = rows.iter().map(|row| row.onsets).collect();
    onsets.sort_unstable();
    let median = onsets.get(onsets.len() / 2).copied().unwrap_or(0);
    let silent = onsets.iter().filter(|&&count| count == 0).count();
    let silent = if silent > 0 { format!(", {silent} of them silent") } else { String::new() };
    format!("{} songs, median {median} onsets{silent}", rows.len())
}
