//! `scan`: reads MIDI files into `catalog.parquet`, one row per file, usable or not; the notes of usable files go into
//! `scores/*.arrow`, one row per distinct content.
//!
//! A row depends on the file's *content*, except its path, so equal contents are parsed once. The *notes digest* of a song
//! covers its onsets on the grid; files with equal notes are one song, and all but the first by path have the status
//! `duplicate_of`. Songs with equal *shape digests* (notes relative to their lowest pitch) are transpositions of
//! one piece; songs that are at least `similarity` similar are near-duplicates (see `music::near_duplicates`). Both share
//! a group, named after the smallest notes digest in it.
//!
//! The unit of reuse is one distinct file content, keyed by the implementation version and the content's digest (no
//! parameter affects it); its result includes a *sketch* for finding near-duplicates. Paths, duplicates and groups are
//! always recomputed. Rows with I/O errors are never reused. A shard of scores with the same contents as in the last run
//! is linked from the store; the others are rewritten.

mod catalog;
mod contents;
mod describe;
mod group;
mod parse;
mod previous;
mod single_file;

use crate::columnar::{write_catalog, write_sketches};
use crate::fingerprint::Digest;
use crate::music::near_duplicates::THRESHOLD;
use crate::params::{Params as _, params};
use crate::spec::{self, Cpus, Input, Output, Required, Source, StageKind};
use crate::stage_api::{InputFile, ParamError, Previous, Result, StageContext, StageImpl};
use crate::text::{count, count_of};
use catalog::Catalog;
use contents::Contents;
use group::Grouping;
use std::collections::{BTreeMap, HashSet};

pub use single_file::ScannedFile;

pub(super) struct Scan;

const KIND: StageKind = StageKind {
    name: "scan",
    about: "Read MIDI files into a catalog: one row per file, with the reason if it is unusable",
    // 2: loop markers, ripped time (sample_clock), broken wrappers, no file above 32 MiB.
    // 3: scores in compressed shards; near-duplicates share a group, found by a sketch of each song.
    // 4: 4/4 before the first time signature, and a measure where each begins; programs and ends of notes by time over all
    //    tracks; titles by charset; more damage is repaired; lists, and columns for archives: MD5, texts, key, tempo
    //    range, polyphony, performance.
    version: 4,
    params: Params::PARAMETERS,
    inputs: &[
        Input {
            name: "midi",
            about: "MIDI files: a path or a glob, such as data/**/*.{mid,midi,kar,rmi}.",
            source: Source::Files,
            required: Required::No,
        },
        Input {
            required: Required::No,
            ..Input::from_stage(
                "songs",
                "MIDI files that another stage made.",
                &["compose", "generate", "command"],
                None,
            )
        },
    ],
    outputs: &[
        Output::new("catalog", "catalog.parquet", "One row per file."),
        Output::new("scores", "scores/", "The notes of each usable file."),
        Output::new("sketches", "sketches.arrow", "Hashes by which near-duplicates are found."),
    ],
    cpus: Cpus::All,
    is_incremental: true,
    ..StageKind::BASE
};

params! {
    /// The parameters of `scan`.
    struct Params {
        /// Share of melodic figures that songs of one group have in common; 0: only equal songs.
        similarity: f64 = THRESHOLD in 0.0..=1.0,
    }
}

impl StageImpl for Scan {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn check(&self, stage: &spec::StageInstance) -> Result<(), ParamError> {
        if !stage.files.contains_key("midi") && !stage.from.contains_key("songs") {
            let message = format!("stage '{}' reads no files", stage.id);
            let hint = "give it files: { midi: GLOB } or from: { songs: STAGE }";
            return Err(ParamError::new("", message, hint));
        }
        let Params { similarity } = Params::from_values(&stage.params, ())?;
        if similarity > 0.0 && similarity < THRESHOLD {
            return Err(ParamError::new(
                "params.similarity",
                format!("a similarity below {THRESHOLD} cannot be detected"),
                format!("a number from {THRESHOLD} to 1; 0: only equal songs"),
            ));
        }
        Ok(())
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let files: Vec<&InputFile> = context
            .inputs
            .values()
            .flatten()
            .flat_map(|set| &set.files)
            .filter(|file| is_midi(&file.path))
            .collect();
        let Params { similarity } = context.parameters()?;
        let contents = contents::scan(context, &files)?;
        let catalog = write(context, &files, contents, similarity)?;
        let groups: HashSet<&str> = catalog.usable().map(|row| row.group.as_str()).collect();
        let usable = catalog.usable().count();
        let shared = catalog.shared_groups(similarity);
        catalog.skipped().into_iter().chain(shared).for_each(|note| context.report.note(&note));
        Ok(format!(
            "{}: {} usable in {}, {} skipped",
            count_of(files.len(), "file"),
            count(usable),
            count_of(groups.len(), "group"),
            count(files.len() - usable)
        ))
    }
}

/// Builds the catalog, and writes it and the sketches.
fn write(
    context: &StageContext<'_>,
    files: &[&InputFile],
    mut contents: Contents,
    similarity: f64,
) -> Result<Catalog> {
    let rows = std::mem::take(&mut contents.rows);
    let (sketches, indices) = (contents.sketches(), &contents.indices);
    let is_same = |last: &Previous| last.params_match_except(context.params, &[]);
    let grouped = if context.previous.is_some_and(is_same) { contents.reused } else { 0 };
    let sketched = files
        .iter()
        .filter_map(|file| Some((file.digest?, sketches[*indices.get(&file.digest?)?]?)));
    // Ordered by digest, each once.
    let sketched: BTreeMap<Digest, &[u32]> = sketched.collect();
    let sketched = sketched.into_iter().map(|(digest, sketch)| (digest.to_string(), sketch));
    let (written, catalog) = rayon::join(
        || write_sketches(&context.out.join("sketches.arrow"), sketched),
        || {
            let grouping = Grouping { sketches: &sketches, similarity, grouped };
            let catalog = Catalog::new(files, rows, indices, &grouping);
            write_catalog(&context.out.join("catalog.parquet"), catalog.rows()).map(|()| catalog)
        },
    );
    Ok(written.and(catalog)?)
}

/// Returns false for the other outputs of a stage, such as pictures and tables. All other names are read.
fn is_midi(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    !matches!(extension.as_deref(), Some("png" | "npy" | "parquet" | "json" | "html" | "arrow"))
}
