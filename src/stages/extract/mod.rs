//! `extract`: samples of consecutive measures on the tick-exact grid, sparse, split by group.
//!
//! Writes `samples/train-*.arrow` and `samples/validation-*.arrow` (see `columnar`), and `samples.parquet`,
//! a row a sample. Samples stand in the order of their songs' notes digests, so that a corpus gives equal
//! shards wherever its files lie. A group's side of the split follows from its name alone, which is its
//! smallest notes digest; songs that are on another side than in the last run are told, and listed in the
//! diagnostic `moved.parquet`.
//!
//! Training songs may give overlapping samples (`hop`) that start elsewhere (`offset`). Validation songs are cut
//! from their first measure on and without overlap whatever these say, so that figures stay comparable.
//!
//! A part is the samples of one song. Its key is the implementation, the parameters that say how songs are cut
//! (neither `limit` nor `validation`), the song's side where that bears on the windowing, and its score: a song
//! whose score is, note for note, what the last run cut has its samples taken from the last shards. Group, path and side are always today's. That a song gave
//! no sample needs no note of its own: the last run's catalog, which the store keeps with the record, says which
//! songs were cut, and the shards lack it.
//!
//! The last overview says which samples each of the last shards holds. A shard that would hold the same again is
//! handed over as it lies in the store; the others are written anew, out of the songs cut now and the last shards.

mod previous;
mod sample_stats;
mod samples;
mod select;
mod split;
mod split_changes;
mod windowing;
mod write;

use crate::columnar::{CatalogRow, check_condition};
use crate::music::roll::{Drums, RollShape};
use crate::spec::{self, Accepts, Constant, Cpus, Input, Kind, Output, Parameter, Source, Value};
use crate::stage_api::{OutputKind, ParamError, RunExport, StageContext, StageError, StageImpl};
use previous::PreviousExtract;
use samples::sample_songs;
use select::Selection;
use serde::Deserialize;
use windowing::Windowing;
use write::Layout;

pub(super) struct Extract;

const KIND: Kind = Kind {
    name: "extract",
    about: "Cut songs into 16-measure pianoroll samples, split into train and validation",
    // 2: the overview tells density, beat strength and mean pitch.
    // 3: shards are compressed; `hop` is for training songs alone; `offset`.
    version: 3,
    params: &[
        Parameter {
            name: "measures",
            about: "Measures of a sample.",
            accepts: Accepts::Integer(1, 64),
            default: Constant::Integer(16),
        },
        Parameter {
            name: "steps",
            about: "Steps of a measure, whatever its meter.",
            accepts: Accepts::Integer(1, 512),
            default: Constant::Integer(96),
        },
        Parameter {
            name: "pitches",
            about: "Pitches of the grid.",
            accepts: Accepts::Integer(1, 128),
            default: Constant::Integer(96),
        },
        Parameter {
            name: "lowest_pitch",
            about: "MIDI number of the lowest pitch; notes outside the window are left out.",
            accepts: Accepts::Integer(0, 127),
            default: Constant::Integer(16),
        },
        Parameter {
            name: "validation",
            about: "Fraction of the groups kept for validation; groups are never split.",
            accepts: Accepts::Number(0.0, 0.9),
            default: Constant::Number(0.1),
        },
        Parameter {
            name: "drums",
            about: "Whether notes on drum channels stay, as pitches.",
            accepts: Accepts::Choice(&["drop", "keep"]),
            default: Constant::Text("drop"),
        },
        Parameter {
            name: "least_onsets",
            about: "Samples with fewer onsets are left out.",
            accepts: Accepts::Integer(1, 1_000_000),
            default: Constant::Integer(32),
        },
        Parameter {
            name: "hop",
            about: "Measures from one training sample's start to the next; 0: they do not overlap.",
            accepts: Accepts::Integer(0, 64),
            default: Constant::Integer(0),
        },
        Parameter {
            name: "offset",
            about: "Measures before the first training sample of each stretch of one meter.",
            accepts: Accepts::Integer(0, 63),
            default: Constant::Integer(0),
        },
        Parameter {
            name: "limit",
            about: "At most so many samples, in the order of song digests; 0: all.",
            accepts: Accepts::Integer(0, i64::MAX),
            default: Constant::Integer(0),
        },
    ],
    inputs: &[Input {
        name: "catalog",
        about: "What a scan found.",
        source: Source::Stage { kinds: &["scan"], output: None },
        required: true,
    }],
    outputs: &[
        Output { name: "samples", path: "samples/", about: "The samples as Arrow shards." },
        Output { name: "overview", path: "samples.parquet", about: "One row a sample, no cells." },
    ],
    filter: true,
    command: false,
    cpus: Cpus::All,
    seeded: false,
    asides: &[],
};

#[derive(Deserialize)]
struct Params {
    measures: u32,
    steps: u32,
    pitches: u32,
    lowest_pitch: u32,
    validation: f64,
    drums: String,
    least_onsets: usize,
    hop: usize,
    offset: usize,
    limit: usize,
}

impl Params {
    fn shape(&self) -> Result<RollShape, StageError> {
        let shape = RollShape::new(self.measures, self.steps, self.pitches, self.lowest_pitch);
        shape.map_err(StageError::failed)
    }

    fn windowing(&self, shape: RollShape) -> Windowing {
        Windowing {
            shape,
            drums: if self.drums == "keep" { Drums::Keep } else { Drums::Drop },
            hop: if self.hop == 0 { shape.measures() } else { self.hop },
            offset: self.offset,
            least_onsets: self.least_onsets,
        }
    }
}

impl StageImpl for Extract {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn check(&self, stage: &spec::StageInstance) -> Result<(), ParamError> {
        if let Some(condition) = &stage.filter {
            check_condition::<CatalogRow>(condition).map_err(|error| ParamError {
                key: "where".into(),
                message: error.to_string(),
                hint: Some("the columns: partita stats PIPELINE/STAGE --describe".into()),
            })?;
        }
        let number = |name: &str| match stage.params.get(name) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        };
        let [measures, steps, pitches, lowest_pitch] =
            ["measures", "steps", "pitches", "lowest_pitch"]
                .map(|name| u32::try_from(number(name)).unwrap_or(u32::MAX));
        let shape = RollShape::new(measures, steps, pitches, lowest_pitch);
        shape.map(drop).map_err(|error| ParamError {
            key: "params.lowest_pitch".into(),
            message: error.to_string(),
            hint: Some("the thesis' grid is steps 96, pitches 96, lowest_pitch 16".into()),
        })?;
        check_windows(number("measures"), number("hop"), number("offset"))
    }

    fn supports_incremental(&self) -> bool {
        true
    }

    fn run_exports(&self) -> &'static [RunExport] {
        &[RunExport {
            kind: OutputKind::Diagnostic,
            from: split_changes::FILE,
            to: split_changes::FILE,
        }]
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String, StageError> {
        let params: Params = context.parameters()?;
        let shape = params.shape()?;
        let catalog = context.input("catalog")?;
        let (known, selection) =
            rayon::join(|| open_previous(context), || Selection::of(catalog, context.filter));
        let selection = selection?;
        if selection.songs.is_empty() {
            let message = format!("none of the catalog's {} files is taken", selection.files);
            return Err(StageError::with_hint(
                message,
                "'partita stats PIPELINE/STAGE --by status' on the scan tells why; see also 'where:'",
            ));
        }
        let before = split_changes::PreviousSplits::before(context, known.as_ref());
        let samples = sample_songs(context, &params, shape, &selection, known.as_ref())?;
        let songs = samples.iter().filter(|samples| samples.len() > 0).count();
        let layout = Layout::new(&params, shape, &selection.songs, samples, known);
        let [training, held] = layout.counts();
        if training == 0 {
            return Err(StageError::with_hint(
                format!("no training sample came out of {songs} songs"),
                format!(
                    "a sample needs {} measures of one meter with {} onsets or more",
                    params.measures, params.least_onsets
                ),
            ));
        }
        if held == 0 && params.validation > 0.0 {
            context.report.warning(
                "no group fell to validation: the corpus is small; more songs or a larger \
                 'validation' would give the metrics something to measure",
            );
        }
        layout.write_shards(context)?;
        before.report_changes(context, layout.songs())?;
        layout.write_overview(&context.out.join("samples.parquet"))?;
        Ok(format!("{training} training and {held} validation samples of {songs} songs"))
    }
}

/// A hop that leaves measures out, and an offset that one sample less would do as well, are slips.
fn check_windows(measures: i64, hop: i64, offset: i64) -> Result<(), ParamError> {
    let invalid = |key: &str, message: String, hint: String| {
        Err(ParamError { key: format!("params.{key}"), message, hint: Some(hint) })
    };
    if hop > measures {
        return invalid(
            "hop",
            format!("a hop of {hop} leaves out measures between samples of {measures}"),
            format!("a whole number from 1 to {measures}; {measures} or 0: samples do not overlap"),
        );
    }
    if offset >= measures {
        return invalid(
            "offset",
            format!("an offset of {offset} is a whole sample of {measures} measures or more"),
            format!("a whole number from 0 to {}", measures - 1),
        );
    }
    Ok(())
}

/// What the last run cut; `None` when there is nothing to take.
fn open_previous(context: &StageContext<'_>) -> Option<PreviousExtract> {
    PreviousExtract::open(context).unwrap_or_else(|error| {
        let text = format!("every song is cut anew, none taken from the last run: {error}");
        context.report.warning(&text);
        None
    })
}
