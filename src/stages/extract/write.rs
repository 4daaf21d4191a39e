//! Songs' samples into shards and their overview.

use super::song::{Song, SongSample};
use super::{Params, split};
use crate::columnar::{Grid, Sample, SampleRow, ShardWriter, Split, write};
use crate::metrics::structure::distinct_measures;
use crate::music::meter::TimeSignature;
use crate::stage::{Context, StageError};

/// Writes the samples of songs, which stand in the order of their notes digests, and tells how many.
pub(super) fn write_samples(
    context: &Context<'_>,
    params: &Params,
    songs: &[Song<'_>],
) -> Result<String, StageError> {
    let folder = context.out.join("samples");
    fs_err::create_dir_all(&folder)?;
    let grid = Grid {
        measures: params.measures,
        steps: params.steps.into(),
        pitches: params.pitches.into(),
        lowest_pitch: params.lowest_pitch.into(),
    };
    let mut train = ShardWriter::new(&folder, Split::Train, grid);
    let mut validation = ShardWriter::new(&folder, Split::Validation, grid);
    let mut overview = Vec::new();
    let mut counts = [0_usize; 2];
    let most = if params.limit == 0 { usize::MAX } else { params.limit };
    'all: for song in songs {
        context.stop.check()?;
        let side = split::side(&song.group, params.validation);
        for sample in song.samples.iter() {
            if counts[0] + counts[1] >= most {
                break 'all;
            }
            let writer = if side == Split::Train { &mut train } else { &mut validation };
            writer.push(&shard_row(song, &sample)).map_err(StageError::failed)?;
            overview.push(overview_row(song, &sample, side, params));
            counts[usize::from(side == Split::Validation)] += 1;
        }
    }
    let [training, held] = counts;
    if training == 0 {
        return Err(StageError::advised(
            format!("no training sample came out of {} songs", songs.len()),
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
    train.finish().map_err(StageError::failed)?;
    validation.finish().map_err(StageError::failed)?;
    overview.sort_by(|a: &SampleRow, b| a.split.cmp(&b.split));
    write(&context.out.join("samples.parquet"), &overview).map_err(StageError::failed)?;
    Ok(format!("{training} training and {held} validation samples of {} songs", songs.len()))
}

fn shard_row<'a>(song: &'a Song<'_>, sample: &'a SongSample) -> Sample<'a> {
    Sample {
        song: &song.notes_digest,
        group: &song.group,
        path: &song.path,
        first_measure: sample.first_measure,
        transposition: 0,
        time_signature: &sample.time_signature,
        measures: &sample.measures,
    }
}

fn overview_row(song: &Song<'_>, sample: &SongSample, side: Split, params: &Params) -> SampleRow {
    let pitches = u16::from(params.pitches);
    let meter: Option<TimeSignature> = sample.time_signature.parse().ok();
    let steps = u32::from(params.steps);
    let is_on_beat = |step| meter.is_some_and(|meter| meter.is_on_beat(step, steps));
    let beats: Vec<bool> = (0..steps).map(is_on_beat).collect();
    let (mut onsets, mut on_beat, mut rows) = (0_usize, 0_usize, 0_u64);
    let mut range: Option<(u16, u16)> = None;
    for &cell in sample.measures.iter().flatten() {
        let (step, row) = (cell / pitches, cell % pitches);
        onsets += 1;
        on_beat += usize::from(beats.get(usize::from(step)).copied().unwrap_or_default());
        rows += u64::from(row);
        range = Some(range.map_or((row, row), |(low, high)| (low.min(row), high.max(row))));
    }
    let pitch = |row: u16| i32::from(row) + i32::from(params.lowest_pitch);
    let share = |part: f64| (onsets > 0).then(|| part / onsets as f64);
    let pitches_summed = rows + onsets as u64 * u64::from(params.lowest_pitch);
    let grid = usize::from(params.steps) * usize::from(pitches) * sample.measures.len();
    SampleRow {
        split: side.as_str().to_owned(),
        group: song.group.clone(),
        song: song.notes_digest.clone(),
        path: song.path.clone(),
        first_measure: sample.first_measure,
        onsets: u32::try_from(onsets).unwrap_or(u32::MAX),
        lowest: range.map(|(low, _)| pitch(low)),
        highest: range.map(|(_, high)| pitch(high)),
        distinct_measures: u32::try_from(distinct_measures(&sample.measures)).unwrap_or(u32::MAX),
        time_signature: sample.time_signature.clone(),
        density: onsets as f64 / grid.max(1) as f64,
        beat_strength: share(on_beat as f64),
        mean_pitch: share(pitches_summed as f64),
    }
}
