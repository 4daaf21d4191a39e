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
use crate::params::{Params as _, UNLIMITED, params};
use crate::spec::{self, Cpus, Input, Output, Required, Source, StageKind};
use crate::stage_api::{OutputKind, ParamError, RunExport, StageContext, StageError, StageImpl};
use previous::PreviousExtract;
use samples::sample_songs;
use select::Selection;
use windowing::Windowing;
use write::Layout;

pub(super) struct Extract;

const KIND: StageKind = StageKind {
    name: "extract",
    about: "Cut songs into 16-measure pianoroll samples, split into train and validation",
    // 2: the overview tells density, beat strength and mean pitch.
    // 3: shards are compressed; `hop` is for training songs alone; `offset`.
    version: 3,
    params: Params::PARAMETERS,
    inputs: &[Input {
        name: "catalog",
        about: "What a scan found.",
        source: Source::Stage { kinds: &["scan"], output: None },
        required: Required::Yes,
    }],
    outputs: &[
        Output { name: "samples", path: "samples/", about: "The samples as Arrow shards." },
        Output { name: "overview", path: "samples.parquet", about: "One row a sample, no cells." },
    ],
    has_filter: true,
    cpus: Cpus::All,
    ..StageKind::BASE
};

params! {
    /// The parameters of `extract`.
    struct Params {
        /// Measures of a sample.
        measures: u32 = 16 in 1..=64,
        /// Steps of a measure, whatever its meter.
        steps: u32 = 96 in 1..=512,
        /// Pitches of the grid.
        pitches: u32 = 96 in 1..=128,
        /// MIDI number of the lowest pitch; notes outside the grid's pitches are dropped.
        lowest_pitch: u32 = 16 in 0..=127,
        /// Fraction of the groups used for validation; groups are never split.
        validation: f64 = 0.1 in 0.0..=0.9,
        /// Whether notes on drum channels are kept, as pitches.
        drums: Drums = drop,
        /// Minimum number of onsets of a sample.
        least_onsets: usize = 32 in 1..=1_000_000,
        /// Measures between the starts of two training samples; 0: they do not overlap.
        hop: Option<usize> = 0 in 0..=64,
        /// Measures before the first training sample of each stretch of one meter.
        offset: usize = 0 in 0..=63,
        /// Maximum number of samples, in song digest order; 0: all.
        limit: usize = 0 in 0..=UNLIMITED,
    }
}

impl Params {
    fn shape(&self) -> Result<RollShape, StageError> {
        let shape = RollShape::new(self.measures, self.steps, self.pitches, self.lowest_pitch);
        shape.map_err(StageError::failed)
    }

    fn windowing(&self, shape: RollShape) -> Windowing {
        Windowing {
            shape,
            drums: self.drums,
            hop: self.hop.unwrap_or(shape.measures()),
            offset: self.offset,
            least_onsets: self.least_onsets,
        }
    }
}

impl StageImpl for Extract {
    fn kind(&self) -> &'static StageKind {
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
        let params = Params::from_values(&stage.params, ())?;
        params.shape().map(drop).map_err(|error| ParamError {
            key: "params.lowest_pitch".into(),
            message: error.to_string(),
            hint: Some("the thesis' grid is steps 96, pitches 96, lowest_pitch 16".into()),
        })?;
        check_windows(&params)
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
fn check_windows(params: &Params) -> Result<(), ParamError> {
    let (measures, offset) = (params.measures as usize, params.offset);
    let hop = params.hop.unwrap_or(0);
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
