//! `generate`: songs from a trained model.
//!
//! Writes `songs/midi/song-001.mid`, `songs/sheet/song-001.musicxml`, `songs/img/song-001.png`,
//! `songs/npy/song-001.npy` (uint8, axes measure, step, pitch; 1 is an onset), `latents.npy` (float32, axes
//! song, latent) and `songs.parquet`, a row a song. Song `i` depends on the model, the seed and `i` alone, but for `interpolate`, where it also
//! depends on the count.
//!
//! | `mode` | a song's latent vector |
//! |---|---|
//! | `prior` | of the standard normal distribution |
//! | `pca` | of the Gaussian of the training samples' posterior means, with their covariance |
//! | `mixture` | of a mixture of Gaussians, fitted to the same means |
//! | `around` | the posterior mean of a given MIDI file plus `temperature` times its posterior deviation times noise |
//! | `interpolate` | on the way between the posterior means of two MIDI files |
//! | `vary` | as `around`, of a sample of the corpus that is drawn for each song |
//!
//! `prior`, `pca` and `mixture` make new songs, `around` makes many versions of one piece, `vary` one version
//! each of many. A song near music takes its time signature and, where decoding matches densities, its number
//! of onsets, so that at temperature 0 it is the reconstruction that `evaluate` judges.

mod input_music;
mod latent_source;
mod melody;
mod params;

use super::corpus;
use super::draw::{Decoding, Provenance, write_song};
use crate::columnar::{SongRow, write};
use crate::fingerprint::Preimage;
use crate::metrics::structure::distinct_measures;
use crate::metrics::summary;
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;
use crate::params::Params as _;
use crate::report::array;
use crate::report::musicxml::{self, Heading};
use crate::spec::{self, Cpus, Output, StageKind};
use crate::stage_api::{
    InputSet, OutputKind, ParamError, RunExport, StageContext, StageError, StageImpl,
};
use latent_source::{LatentSource, sources};
use melody::Melody;
use params::{Decode, INPUTS, Params};
use std::path::Path;

pub(super) struct Generate;

const KIND: StageKind = StageKind {
    name: "generate",
    about: "Draw songs from a trained model: MIDI, sheet music, pictures and arrays",
    // 2: modes, Bernoulli, note lengths; the table names the music that a song is near to.
    // 3: refined codes. 4: sheet music; the melody, in pictures and in the table, which tells tempo and time
    // signature too. 5: measure lines of two pixels; the median of an even number of songs.
    version: 5,
    params: Params::PARAMETERS,
    inputs: INPUTS,
    outputs: &[
        Output {
            name: "songs",
            path: "songs/",
            about: "midi/, sheet/, img/ and npy/, one file a song.",
        },
        Output { name: "latents", path: "latents.npy", about: "The songs' latent vectors." },
        Output { name: "table", path: "songs.parquet", about: "One row a song." },
    ],
    cpus: Cpus::One,
    is_seeded: true,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] = &[
    RunExport { kind: OutputKind::Output, from: "songs/", to: "songs/" },
    RunExport { kind: OutputKind::Output, from: "songs.parquet", to: "songs/songs.parquet" },
];

/// Songs decoded at once.
const CHUNK: usize = 16;

impl StageImpl for Generate {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run_exports(&self) -> &'static [RunExport] {
        RUN_EXPORTS
    }

    fn check(&self, stage: &spec::StageInstance) -> Result<(), ParamError> {
        params::check(stage)
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String, StageError> {
        let params: Params = context.parameters()?;
        let input = context.input("model")?;
        let (model, corpus) = corpus::model(input)?;
        let shape = corpus.shape;
        let sources = sources(context, &params, &model, &shape)?;
        let work = Work {
            context,
            params: &params,
            shape,
            median_onsets: corpus.median_onsets,
            model: model_digest(input),
        };
        let latents: Vec<Vec<f32>> = sources.iter().map(|source| source.latent.clone()).collect();
        let mut rows = Vec::new();
        for chunk in latents.chunks(CHUNK) {
            context.cancel.check()?;
            for probabilities in model.decode(chunk).map_err(StageError::failed)? {
                rows.push(work.song(rows.len(), &sources[rows.len()], &probabilities)?);
                context.report.progress("songs", rows.len() as u64, params.count as u64, "");
            }
        }
        write(&context.out.join("songs.parquet"), &rows).map_err(StageError::failed)?;
        let npy = array::matrix(&latents.concat(), latents.len(), model.architecture().latent);
        fs_err::write(context.out.join("latents.npy"), npy.map_err(StageError::failed)?)?;
        Ok(summarize(&rows))
    }
}

/// What all songs share.
struct Work<'a> {
    context: &'a StageContext<'a>,
    params: &'a Params,
    shape: RollShape,
    median_onsets: u32,
    /// Digest of the model.
    model: String,
}

impl Work<'_> {
    /// Writes a song's files.
    fn song(
        &self,
        index: usize,
        source: &LatentSource,
        probabilities: &[f32],
    ) -> Result<SongRow, StageError> {
        let Self { context, params, shape, model, .. } = self;
        let (song, threshold) = self.decoding(index, source).decode(probabilities, shape);
        let name = format!("song-{:03}", index + 1);
        let seed = context.seed;
        let near = source.near.as_ref();
        let told = near.map_or_else(String::new, |near| format!(", {}", near.told));
        let provenance = Provenance {
            title: format!("Partita {}", index + 1),
            comment: format!(
                "drawn by partita from model {model}, seed {seed}, song {index}{told}"
            ),
            tempo: params.tempo,
            program: params.program,
            signature: near.map_or(TimeSignature::COMMON, |near| near.signature),
            lengths: params.lengths(),
        };
        let melody = Melody::of(&song, probabilities, shape, params.melody);
        let marked = shape.song(&melody.cells);
        let folder = context.out.join("songs");
        write_song(&folder, &name, &song, &marked, shape, &provenance)?;
        let mut row = song_row(&song, shape, &name);
        (row.tempo, row.time_signature) = (provenance.tempo, provenance.signature.to_string());
        write_sheet(&folder, &name, &song, shape, provenance)?;
        (row.melody_threshold, row.melody) = (melody.threshold, melody.cells);
        (row.index, row.seed) = (index as u32, seed);
        (row.threshold, row.model) = (threshold, model.clone());
        row.source = near.map(|near| near.told.clone());
        row.latent.clone_from(&source.latent);
        Ok(row)
    }

    fn decoding(&self, index: usize, source: &LatentSource) -> Decoding {
        let Self { context, params, median_onsets, .. } = self;
        let (seed, index) = (context.seed, index as u64);
        match params.decode {
            Decode::Density => {
                let near = source.near.as_ref();
                Decoding::Density(near.map_or(*median_onsets as usize, |near| near.onsets))
            }
            Decode::Threshold => Decoding::Threshold(params.threshold as f32),
            Decode::Bernoulli => Decoding::Bernoulli {
                seed,
                index,
                temperature: params.onset_temperature,
                repetition: params.repetition,
            },
            Decode::Phrases => {
                Decoding::Phrased { seed, index, phrasing: params.phrasing(self.shape.measures()) }
            }
        }
    }
}

/// Writes `sheet/<name>.musicxml` below a folder.
fn write_sheet(
    folder: &Path,
    name: &str,
    song: &[Vec<u16>],
    shape: &RollShape,
    provenance: Provenance,
) -> Result<(), StageError> {
    let Provenance { title, tempo, signature, .. } = provenance;
    let folder = folder.join("sheet");
    fs_err::create_dir_all(&folder)?;
    let text = musicxml::render(song, shape, &Heading { title, tempo, signature });
    Ok(fs_err::write(folder.join(format!("{name}.musicxml")), text)?)
}

/// One digest for all files of a model but the posteriors, which follow from the others and the corpus.
fn model_digest(input: &InputSet) -> String {
    let mut preimage = Preimage::new("model");
    for file in input.files.iter().filter(|file| file.path != corpus::POSTERIORS) {
        preimage.text(&file.path);
        if let Some(digest) = &file.digest {
            preimage.digest(digest);
        }
    }
    preimage.finish().short()
}

fn song_row(song: &[Vec<u16>], shape: &RollShape, name: &str) -> SongRow {
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
        tempo: 0,
        time_signature: String::new(),
        sheet: format!("songs/sheet/{name}.musicxml"),
        melody_threshold: None,
        melody: Vec::new(),
        source: None,
        latent: Vec::new(),
    }
}

fn summarize(rows: &[SongRow]) -> String {
    let onsets = || rows.iter().map(|row| row.onsets);
    let median = summary(onsets().map(f64::from)).map_or(0.0, |found| found.median);
    let silent = onsets().filter(|&count| count == 0).count();
    let silent = if silent > 0 { format!(", {silent} of them silent") } else { String::new() };
    format!("{} songs, median {median} onsets{silent}", rows.len())
}
