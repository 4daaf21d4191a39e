//! `scan`: every file becomes a row of `catalog.parquet`, usable or not; the notes of what can be read go
//! into `scores/*.arrow`, one row per distinct content.
//!
//! A file's *content* decides everything but its path, so equal contents are parsed once. A song's *notes
//! digest* is that of its onsets on the grid; files with equal notes are one song, and all but the first
//! by path get the status `duplicate_of`. Songs whose *shape digest* (notes relative to their lowest pitch)
//! is equal are transpositions of one piece; songs of which `similarity` says so are near-duplicates (see
//! `music::near_duplicates`). Both share a group, named by the smallest notes digest in it.
//!
//! A part is what parsing one distinct content gives, a *sketch* for finding near-duplicates included. Its key
//! is the implementation and the content's digest (no parameter bears on it), so a part that the last run made
//! is taken from its outputs, and only new contents are read. Paths, duplicates and groups are worked out anew each time. What did not follow from the
//! content (a file that could not be read) is never taken. A shard of scores whose contents are just those of the
//! last run is handed over as it lies in the store; the others are written anew.

mod catalog;
mod contents;
mod group;
mod parse;
mod previous;

use crate::columnar::{write_catalog, write_sketches};
use crate::fingerprint::Digest;
use crate::music::near_duplicates::THRESHOLD;
use crate::params::{Params as _, params};
use crate::spec::{self, Cpus, Input, Output, Required, Source, StageKind};
use crate::stage_api::{InputFile, ParamError, StageContext, StageError, StageImpl};
use catalog::Catalog;
use contents::Contents;
use group::Grouping;
use std::collections::HashSet;

pub(super) struct Scan;

const KIND: StageKind = StageKind {
    name: "scan",
    about: "Read MIDI files into a catalog: one row a file, with a reason when it can't be used",
    // 2: loop markers, ripped time (sample_clock), broken wrappers, no file above 32 MiB.
    // 3: scores in compressed shards; near-duplicates share a group, found by a sketch of each song.
    version: 3,
    params: Params::PARAMETERS,
    inputs: &[
        Input {
            name: "midi",
            about: "MIDI files: a path or a glob, such as data/**/*.{mid,midi,kar,rmi}.",
            source: Source::Files,
            required: Required::No,
        },
        Input {
            name: "songs",
            about: "MIDI files that another stage made.",
            source: Source::Stage { kinds: &["compose", "generate", "command"], output: None },
            required: Required::No,
        },
    ],
    outputs: &[
        Output { name: "catalog", path: "catalog.parquet", about: "One row a file." },
        Output { name: "scores", path: "scores/", about: "The notes of each usable file." },
        Output {
            name: "sketches",
            path: "sketches.arrow",
            about: "What near-duplicates are found by.",
        },
    ],
    cpus: Cpus::All,
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
        let named = stage.files.contains_key("midi") || stage.from.contains_key("songs");
        if !named {
            return Err(ParamError {
                key: String::new(),
                message: format!("stage '{}' reads no files", stage.id),
                hint: Some("give it files: { midi: GLOB } or from: { songs: STAGE }".into()),
            });
        }
        let Params { similarity } = Params::from_values(&stage.params, ())?;
        if similarity > 0.0 && similarity < THRESHOLD {
            return Err(ParamError {
                key: "params.similarity".into(),
                message: format!("songs less similar than {THRESHOLD} are not told from others"),
                hint: Some(format!("a number from {THRESHOLD} to 1; 0: only equal ones")),
            });
        }
        Ok(())
    }

    fn supports_incremental(&self) -> bool {
        true
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String, StageError> {
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
        let usable = catalog.rows().filter(|row| row.status == "ok");
        let groups: HashSet<&str> = usable.clone().map(|row| row.group.as_str()).collect();
        let usable = usable.count();
        let shared = group::shared(&catalog, similarity);
        for line in catalog::reasons(&catalog).into_iter().chain(shared) {
            context.report.note(&line);
        }
        Ok(format!(
            "{} files: {usable} usable in {} groups, {} left out",
            files.len(),
            groups.len(),
            files.len() - usable
        ))
    }
}

/// Works out the catalog, and writes it and the sketches.
fn write(
    context: &StageContext<'_>,
    files: &[&InputFile],
    contents: Contents,
    similarity: f64,
) -> Result<Catalog, StageError> {
    let Contents { rows, places, sketches, stored } = contents;
    let sketches = sketches.by_row();
    let grouped_alike =
        context.previous.is_some_and(|last| last.params_match_except(context.params, &[]));
    let grouped = if grouped_alike { stored } else { 0 };
    let mut present: Vec<(Digest, &[u32])> = files
        .iter()
        .filter_map(|file| Some((file.digest?, sketches[*places.get(&file.digest?)?]?)))
        .collect();
    present.sort_unstable_by_key(|(digest, _)| *digest);
    present.dedup_by_key(|(digest, _)| *digest);
    let named = present.iter().map(|(digest, sketch)| (digest.to_string(), *sketch));
    let (sketched, catalog) = rayon::join(
        || write_sketches(&context.out.join("sketches.arrow"), named),
        || {
            let grouping = Grouping { sketches: &sketches, similarity, grouped };
            let catalog = Catalog::of(files, rows, &places, &grouping);
            write_catalog(&context.out.join("catalog.parquet"), catalog.rows()).map(|()| catalog)
        },
    );
    sketched.and(catalog).map_err(StageError::failed)
}

/// A stage's other outputs (pictures, tables) are no MIDI files; what a person named is read whatever its
/// name.
fn is_midi(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    !matches!(extension.as_deref(), Some("png" | "npy" | "parquet" | "json" | "html" | "arrow"))
}
