//! `extract`: divides songs into samples of consecutive measures on the grid, split by group.
//!
//! Writes `samples/train-*.arrow`, `samples/validation-*.arrow` and, with the parameter `judging`,
//! `samples/judging-*.arrow` (see `columnar`), and `samples.parquet` with one row per sample. Samples are in the order of their songs' notes digests, so that a corpus gives equal shards wherever its
//! files are. The split of a group follows from its name alone, which is its smallest notes digest. Songs that moved
//! between the splits since the last run are noted, and listed in the diagnostic `moved.parquet`.
//!
//! Training samples may overlap (`hop`) and start later (`offset`). Held-out songs are always divided from their first
//! measure on and without overlap, so that metrics stay comparable.
//!
//! The unit of reuse is one song. Its samples are reused if the windowing parameters (all but `limit`, `validation` and
//! `judging`), its split (if training songs are divided differently) and its score are unchanged. Group, path and
//! split are always recomputed. The catalog of the last run, which the store keeps with the record, says which songs
//! were processed, including those that gave no sample. Unchanged shards are linked from the store; the others
//! combine new and reused samples.

mod cache;
mod params;
mod previous;
mod sample_stats;
mod samples;
mod select;
mod split;
mod split_changes;
mod windowing;
mod write;

use crate::columnar::{CatalogRow, Columns as _, Split, check_condition};
use crate::params::Params as _;
use crate::spec::{self, Cpus, Input, Output, StageKind};
use crate::stage_api::{ParamError, Result, RunExport, StageContext, StageError, StageImpl};
use crate::text::{count, count_of};
use params::Params;
use previous::PreviousExtract;
use samples::sample_songs;
use select::Selection;
use split::HeldOut;
use split_changes::PreviousSplits;
use write::Layout;

pub(super) struct Extract;

const KIND: StageKind = StageKind {
    name: "extract",
    about: "Divide songs into 16-measure pianoroll samples, split into train, validation and judging",
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
        params.check()
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
        let Params { limit, measures, least_onsets, .. } = params;
        let held_out = params.held_out();
        let windowing = params.windowing(shape);
        let samples = sample_songs(context, windowing, held_out, &selection, previous.as_ref())?;
        let songs = samples.iter().filter(|samples| samples.len() > 0).count();
        let layout = Layout::new(shape, held_out, limit, &selection.songs, samples, previous);
        if layout.count(Split::Train) == 0 {
            return Err(StageError::with_hint(
                format!("no training samples from {}", count_of(songs, "song")),
                format!(
                    "a sample needs {measures} measures of one meter with at least {least_onsets} onsets"
                ),
            ));
        }
        warn_if_missing(context, &layout, held_out);
        let summary = summary(&layout, songs);
        layout.write_shards(context)?;
        previous_splits.report_changes(context, layout.songs())?;
        layout.write_overview(&context.out.join("samples.parquet"))?;
        Ok(summary)
    }
}

/// Returns the numbers of samples on each side.
fn summary(layout: &Layout<'_>, songs: usize) -> String {
    let songs = count_of(songs, "song");
    let [training, validation, judging] =
        [Split::Train, Split::Validation, Split::Judging].map(|side| layout.count(side));
    let training = count(training);
    if judging == 0 {
        return format!(
            "{training} training and {} of {songs}",
            count_of(validation, "validation sample")
        );
    }
    let validation = count(validation);
    let judging = count_of(judging, "judging sample");
    format!("{training} training, {validation} validation and {judging} of {songs}")
}

/// Warns if a side should have samples, but has none.
fn warn_if_missing(context: &StageContext<'_>, layout: &Layout<'_>, held_out: HeldOut) {
    let HeldOut { validation, judging } = held_out;
    for (side, fraction) in [(Split::Validation, validation), (Split::Judging, judging)] {
        if fraction > 0.0 && layout.count(side) == 0 {
            context.report.warning(&format!(
                "no {0} samples because the corpus is small; add songs or raise '{0}'",
                side.as_str()
            ));
        }
    }
}

/// Opens the samples of the last run; warns and returns `None` if that fails.
fn open_previous(context: &StageContext<'_>) -> Option<PreviousExtract> {
    PreviousExtract::open(context).unwrap_or_else(|error| {
        context.report.warning(&format!("recomputing every part: {error}"));
        None
    })
}
