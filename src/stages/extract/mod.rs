//! `extract`: divides songs into samples of consecutive measures on the grid, split by group.
//!
//! Writes `samples/train-*.arrow` and `samples/validation-*.arrow` (see `columnar`), and `samples.parquet` with one row
//! per sample. Samples are in the order of their songs' notes digests, so that a corpus gives equal shards wherever its
//! files are. The split of a group follows from its name alone, which is its smallest notes digest. Songs that moved
//! between the splits since the last run are noted, and listed in the diagnostic `moved.parquet`.
//!
//! Training samples may overlap (`hop`) and start later (`offset`). Validation songs are always divided from their first
//! measure on and without overlap, so that metrics stay comparable.
//!
//! The unit of reuse is one song. Its samples are reused if the windowing parameters (all but `limit` and
//! `validation`), its split (if training songs are divided differently) and its score are unchanged. Group, path and
//! split are always recomputed. The catalog of the last run, which the store keeps with the record, says which songs
//! were processed, including those that gave no sample. Unchanged shards are linked from the store; the others
//! combine new and reused samples.

mod cache;
mod previous;
mod sample_stats;
mod samples;
mod select;
mod split;
mod split_changes;
mod windowing;
mod write;

use crate::columnar::{CatalogRow, Columns as _, check_condition};
use crate::music::roll::{Drums, RollShape};
use crate::params::{Params as _, UNLIMITED, params};
use crate::spec::{self, Cpus, Input, Output, StageKind};
use crate::stage_api::{ParamError, Result, RunExport, StageContext, StageError, StageImpl};
use crate::text::{count, count_of};
use previous::PreviousExtract;
use samples::sample_songs;
use select::Selection;
use split_changes::PreviousSplits;
use windowing::Windowing;
use write::Layout;

pub(super) struct Extract;

const KIND: StageKind = StageKind {
    name: "extract",
    about: "Divide songs into 16-measure pianoroll samples, split into train and validation",
    // 2: density, beat strength and mean pitch in the overview.
    // 3: shards are compressed; `hop` affects only training songs; `offset`.
    // 4: an onset that rounds up to the end of a measure that the next meter cuts short belongs to the next one; `where:`
    //    computes with signed numbers.
    version: 4,
    params: Params::PARAMETERS,
    inputs: &[Input::from_stage("catalog", "The catalog of a scan.", &["scan"], None)],
    outputs: &[
        Output::new("samples", "samples/", "The samples as Arrow shards."),
        Output::new("overview", "samples.parquet", "One row per sample, without cells."),
    ],
    has_filter: true,
    cpus: Cpus::All,
    is_incremental: true,
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
    fn shape(&self) -> Result<RollShape> {
        Ok(RollShape::new(self.measures, self.steps, self.pitches, self.lowest_pitch)?)
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
            check_condition::<CatalogRow>(condition).map_err(|error| {
                let columns = CatalogRow::fields().into_iter();
                let mut lists = columns.filter(|column| column.data_type().is_nested());
                let hint = match lists.find(|list| condition.contains(list.name())) {
                    Some(list) => format!("{0} is a list: array_contains({0}, VALUE)", list.name()),
                    None => "the columns: partita stats PIPELINE/STAGE --describe".to_owned(),
                };
                ParamError::new("where", error, hint)
            })?;
        }
        let params = Params::from_values(&stage.params, ())?;
        params.shape().map_err(|error| {
            let hint = "the thesis' grid is steps 96, pitches 96, lowest_pitch 16";
            ParamError::new("params.lowest_pitch", error, hint)
        })?;
        check_windows(&params)
    }

    fn run_exports(&self) -> &'static [RunExport] {
        const { &[RunExport::diagnostic(split_changes::FILE, split_changes::FILE)] }
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let params: Params = context.parameters()?;
        let shape = params.shape()?;
        let catalog = context.input("catalog")?;
        let (previous, selection) =
            rayon::join(|| open_previous(context), || Selection::open(catalog, context.filter));
        let selection = selection?;
        if selection.songs.is_empty() {
            return Err(StageError::with_hint(
                format!(
                    "of {} in the catalog, none is selected",
                    count_of(selection.files, "file")
                ),
                "'partita stats PIPELINE/STAGE --by status' on the scan shows why; see also 'where:'",
            ));
        }
        let previous_splits = PreviousSplits::open(context, previous.as_ref());
        let Params { validation, limit, measures, least_onsets, .. } = params;
        let windowing = params.windowing(shape);
        let samples = sample_songs(context, windowing, validation, &selection, previous.as_ref())?;
        let songs = samples.iter().filter(|samples| samples.len() > 0).count();
        let layout = Layout::new(shape, validation, limit, &selection.songs, samples, previous);
        let [training, held_out] = layout.counts();
        if training == 0 {
            return Err(StageError::with_hint(
                format!("no training samples from {}", count_of(songs, "song")),
                format!(
                    "a sample needs {measures} measures of one meter with at least {least_onsets} onsets"
                ),
            ));
        }
        if held_out == 0 && validation > 0.0 {
            context.report.warning(
                "no validation samples because the corpus is small; add songs or raise 'validation'",
            );
        }
        layout.write_shards(context)?;
        previous_splits.report_changes(context, layout.songs())?;
        layout.write_overview(&context.out.join("samples.parquet"))?;
        Ok(format!(
            "{} training and {} of {}",
            count(training),
            count_of(held_out, "validation sample"),
            count_of(songs, "song")
        ))
    }
}

/// Rejects a hop that skips measures, and an offset of a whole sample.
fn check_windows(params: &Params) -> Result<(), ParamError> {
    let (measures, offset) = (params.measures as usize, params.offset);
    let hop = params.hop.unwrap_or(0);
    if hop > measures {
        return Err(ParamError::new(
            "params.hop",
            format!("a hop of {hop} skips measures between samples of {measures}"),
            format!("a whole number from 1 to {measures}; {measures} or 0: samples do not overlap"),
        ));
    }
    if offset >= measures {
        return Err(ParamError::new(
            "params.offset",
            format!("an offset of {offset} skips a whole sample of {measures} measures"),
            format!("a whole number from 0 to {}", measures - 1),
        ));
    }
    Ok(())
}

/// Opens the samples of the last run; warns and returns `None` if that fails.
fn open_previous(context: &StageContext<'_>) -> Option<PreviousExtract> {
    PreviousExtract::open(context).unwrap_or_else(|error| {
        context.report.warning(&format!("recomputing every part: {error}"));
        None
    })
}
