//! `scan`: every file becomes a row of `catalog.parquet`, usable or not; the notes of what can be read go
//! into `scores.arrow`, one row per distinct content.
//!
//! A file's *content* decides everything but its path, so equal contents are parsed once. A song's *notes
//! digest* is that of its onsets on the grid; files with equal notes are one song, and all but the first
//! by path get the status `duplicate_of`. Songs whose *shape digest* (notes relative to their lowest pitch)
//! is equal are transpositions of one piece; songs of which `similarity` says so are near-duplicates (see
//! `music::similar`). Both share a group, named by the smallest notes digest in it.
//!
//! A part is what parsing one distinct content gives, a *sketch* for finding near-duplicates included. Its key
//! is the implementation and the content's digest (no parameter bears on it), so a part that the last run made
//! is taken from its outputs, and only new contents are read. Paths, duplicates and groups are worked out anew
//! each time. What did not follow from the content (a file that could not be read) is never taken.

mod catalog;
mod group;
mod known;
mod parse;

use crate::columnar::{ColumnarError, ScoreRow, ScoreView, ScoreWriter, write_catalog};
use crate::event::Parts;
use crate::music::similar::THRESHOLD;
use crate::spec::{self, Accepts, Constant, Cpus, Input, Kind, Output, Parameter, Source, Value};
use crate::stage::{Context, InputFile, Invalid, Stage, StageError};
use known::Known;
use parse::{Parsed, parse};
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Scan;

const KIND: Kind = Kind {
    name: "scan",
    about: "Read MIDI files into a catalog: one row a file, with a reason when it can't be used",
    // 2: loop markers, ripped time (sample_clock), broken wrappers, no file above 32 MiB.
    // 3: near-duplicates share a group; scores keep a sketch of each song.
    version: 3,
    params: &[Parameter {
        name: "similarity",
        about: "Songs that share this part of their melodic figures are one group; 0: only equal ones.",
        accepts: Accepts::Number(0.0, 1.0),
        default: Constant::Number(THRESHOLD),
    }],
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
    asides: &[],
};

#[derive(Deserialize)]
struct Params {
    similarity: f64,
}

/// Files whose notes are in memory at once.
const CHUNK: usize = 512;

impl Stage for Scan {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn check(&self, stage: &spec::Stage) -> Result<(), Invalid> {
        let named = stage.files.contains_key("midi") || stage.from.contains_key("songs");
        if !named {
            return Err(Invalid {
                key: String::new(),
                message: format!("stage '{}' reads no files", stage.id),
                hint: Some("give it files: { midi: GLOB } or from: { songs: STAGE }".into()),
            });
        }
        match stage.params.get("similarity") {
            Some(Value::Number(similarity)) if *similarity > 0.0 && *similarity < THRESHOLD => {
                Err(Invalid {
                    key: "params.similarity".into(),
                    message: format!(
                        "songs less similar than {THRESHOLD} are not told from others"
                    ),
                    hint: Some(format!("a number from {THRESHOLD} to 1; 0: only equal ones")),
                })
            }
            _ => Ok(()),
        }
    }

    fn takes_parts(&self) -> bool {
        true
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
        let Params { similarity } = context.parameters()?;
        let rows = catalog::rows(&files, &contents, similarity);
        write_catalog(&context.out.join("catalog.parquet"), &rows).map_err(StageError::failed)?;
        let usable = rows.iter().filter(|row| row.status == "ok").count();
        let groups: std::collections::BTreeSet<&str> =
            rows.iter().filter(|row| row.status == "ok").map(|row| row.group.as_str()).collect();
        for line in catalog::reasons(&rows).into_iter().chain(group::shared(&rows, similarity)) {
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

/// What one distinct content gives.
struct Part<'a> {
    parsed: Parsed,
    notes: Notes<'a>,
    taken: bool,
}

/// What is kept of a content when its notes are written.
struct Content {
    parsed: Parsed,
    sketch: Vec<u32>,
}

enum Notes<'a> {
    None,
    Own(ScoreRow),
    Stored(ScoreView<'a>),
}

impl<'a> Part<'a> {
    fn made((parsed, score): (Parsed, Option<ScoreRow>)) -> Self {
        Self { parsed, notes: score.map_or(Notes::None, Notes::Own), taken: false }
    }

    fn taken((parsed, score): (Parsed, Option<ScoreView<'a>>)) -> Self {
        Self { parsed, notes: score.map_or(Notes::None, Notes::Stored), taken: true }
    }

    fn write(&self, writer: &mut ScoreWriter) -> Result<(), ColumnarError> {
        match &self.notes {
            Notes::None => Ok(()),
            Notes::Own(row) => writer.push(row.view()),
            Notes::Stored(view) => writer.push(*view),
        }
    }

    fn into_content(self) -> Content {
        let sketch = match self.notes {
            Notes::None => Vec::new(),
            Notes::Own(row) => row.sketch,
            Notes::Stored(view) => view.sketch.to_vec(),
        };
        Content { parsed: self.parsed, sketch }
    }
}

/// Parses each distinct content once, or takes what the last run made of it; writes the scores in the order
/// of digests.
fn scan_contents(
    context: &Context<'_>,
    files: &[&InputFile],
) -> Result<BTreeMap<String, Content>, StageError> {
    let known = open_known(context);
    let distinct: BTreeMap<String, &InputFile> =
        files.iter().filter_map(|file| Some((file.digest?.to_string(), *file))).collect();
    let distinct: Vec<(String, &InputFile)> = distinct.into_iter().collect();
    let path = context.out.join("scores.arrow");
    let mut writer = ScoreWriter::create(&path).map_err(StageError::failed)?;
    let mut contents = BTreeMap::new();
    let mut parts = Parts { made: 0, taken: 0 };
    let done = AtomicU64::new(0);
    for chunk in distinct.chunks(CHUNK) {
        let scanned: Vec<Part<'_>> = chunk
            .par_iter()
            .map(|(digest, file)| {
                context.stop.check()?;
                let taken = known.as_ref().and_then(|known| known.part(digest)).map(Part::taken);
                let part = taken.unwrap_or_else(|| Part::made(parse(file, digest)));
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                context.report.progress("files", count, distinct.len() as u64, "");
                Ok(part)
            })
            .collect::<Result<_, StageError>>()?;
        for ((digest, _), part) in chunk.iter().zip(scanned) {
            part.write(&mut writer).map_err(StageError::failed)?;
            *(if part.taken { &mut parts.taken } else { &mut parts.made }) += 1;
            contents.insert(digest.clone(), part.into_content());
        }
    }
    writer.finish().map_err(StageError::failed)?;
    context.report.parts(parts);
    Ok(contents)
}

/// What the last run parsed; `None` when there is nothing to take.
fn open_known(context: &Context<'_>) -> Option<Known> {
    match Known::open(context.previous?) {
        Ok(known) => Some(known),
        Err(error) => {
            let text = format!("every file is read anew, none taken from the last run: {error}");
            context.report.warning(&text);
            None
        }
    }
}
