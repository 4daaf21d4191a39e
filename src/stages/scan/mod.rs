//! `scan`: every file becomes a row of `catalog.parquet`, usable or not; the notes of what can be read go
//! into `scores.arrow`, one row per distinct content.
//!
//! A file's *content* decides everything but its path, so equal contents are parsed once. A song's *notes
//! digest* is that of its onsets on the grid; files with equal notes are one song, and all but the first
//! by path get the status `duplicate_of`. Songs whose *shape digest* (notes relative to their lowest pitch)
//! is equal are transpositions of one piece: they share a group, named by the smallest notes digest in it.

mod catalog;
mod parse;

use crate::columnar::{ScoreWriter, write_catalog};
use crate::spec::{self, Cpus, Input, Kind, Output, Source};
use crate::stage::{Context, InputFile, Invalid, Stage, StageError};
use parse::{Parsed, parse};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Scan;

const KIND: Kind = Kind {
    name: "scan",
    about: "Read MIDI files into a catalog: one row a file, with a reason when it can't be used",
    // 2: loop markers, ripped time (sample_clock), broken wrappers, no file above 32 MiB.
    version: 2,
    params: &[],
    inputs: &[
        Input {
            name: "midi",
            about: "MIDI files: a path or a glob, such as data/**/*.{mid,midi,kar,rmi}.",
            source: Source::Files,
            required: false,
        },
        Input {
            name: "songs",
            about: "MIDI files that another stage made.",
            source: Source::Stage { kinds: &["compose", "generate", "command"], output: None },
            required: false,
        },
    ],
    outputs: &[
        Output { name: "catalog", path: "catalog.parquet", about: "One row a file." },
        Output { name: "scores", path: "scores.arrow", about: "The notes of each usable file." },
    ],
    filter: false,
    command: false,
    cpus: Cpus::All,
    seeded: false,
};

/// Files whose notes are in memory at once.
const CHUNK: usize = 512;

impl Stage for Scan {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn check(&self, stage: &spec::Stage) -> Result<(), Invalid> {
        let named = stage.files.contains_key("midi") || stage.from.contains_key("songs");
        if named {
            return Ok(());
        }
        Err(Invalid {
            key: String::new(),
            message: format!("stage '{}' reads no files", stage.id),
            hint: Some("give it files: { midi: GLOB } or from: { songs: STAGE }".into()),
        })
    }

    fn run(&self, context: &Context<'_>) -> Result<String, StageError> {
        let files: Vec<&InputFile> = context
            .inputs
            .values()
            .flatten()
            .flat_map(|set| &set.files)
            .filter(|file| is_midi(&file.path))
            .collect();
        let contents = scan_contents(context, &files)?;
        let rows = catalog::rows(&files, &contents);
        write_catalog(&context.out.join("catalog.parquet"), &rows).map_err(StageError::failed)?;
        let usable = rows.iter().filter(|row| row.status == "ok").count();
        let groups: std::collections::BTreeSet<&str> =
            rows.iter().filter(|row| row.status == "ok").map(|row| row.group.as_str()).collect();
        for line in catalog::reasons(&rows) {
            context.report.note(&line);
        }
        Ok(format!(
            "{} files: {usable} usable in {} groups, {} left out",
            rows.len(),
            groups.len(),
            rows.len() - usable
        ))
    }
}

/// A stage's other outputs (pictures, tables) are no MIDI files; what a person named is read whatever its
/// name.
fn is_midi(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    !matches!(extension.as_deref(), Some("png" | "npy" | "parquet" | "json" | "html" | "arrow"))
}

/// Parses each distinct content once, in the order of digests, and writes the scores.
fn scan_contents(
    context: &Context<'_>,
    files: &[&InputFile],
) -> Result<BTreeMap<String, Parsed>, StageError> {
    let distinct: BTreeMap<String, &InputFile> =
        files.iter().filter_map(|file| Some((file.digest?.to_string(), *file))).collect();
    let distinct: Vec<(String, &InputFile)> = distinct.into_iter().collect();
    let path = context.out.join("scores.arrow");
    let mut writer = ScoreWriter::create(&path).map_err(StageError::failed)?;
    let mut contents = BTreeMap::new();
    let done = AtomicU64::new(0);
    for chunk in distinct.chunks(CHUNK) {
        let parsed: Vec<(String, Parsed, _)> = chunk
            .par_iter()
            .map(|(digest, file)| {
                context.stop.check()?;
                let (parsed, score) = parse(file, digest);
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                context.report.progress("files", count, distinct.len() as u64, "");
                Ok((digest.clone(), parsed, score))
            })
            .collect::<Result<_, StageError>>()?;
        for (digest, parsed, score) in parsed {
            if let Some(score) = score {
                writer.push(score).map_err(StageError::failed)?;
            }
            contents.insert(digest, parsed);
        }
    }
    writer.finish().map_err(StageError::failed)?;
    Ok(contents)
}
