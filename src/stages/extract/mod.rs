//! `extract`: samples of consecutive measures on the tick-exact grid, sparse, split by group.
//!
//! Writes `samples/train-*.arrow` and `samples/validation-*.arrow` (see `columnar`), and `samples.parquet`,
//! a row a sample. Samples stand in the order of their songs' notes digests, so that a corpus gives equal
//! shards wherever its files lie. A group's side of the split follows from its name alone.

mod song;
mod split;

use crate::columnar::{
    CatalogRow, Grid as ShardGrid, Sample, SampleRow, ShardWriter, Split, Table, check_condition,
    read_catalog, read_scores, write,
};
use crate::metrics::structure::distinct_measures;
use crate::music::meter::TimeSignature;
use crate::music::roll::{Drums, Grid};
use crate::spec::{self, Accepts, Constant, Cpus, Input, Kind, Output, Parameter, Source, Value};
use crate::stage::{Context, Invalid, Stage, StageError};
use rayon::prelude::*;
use serde::Deserialize;
use song::{Song, SongSample, score_of};
use std::collections::BTreeMap;

pub(super) struct Extract;

const KIND: Kind = Kind {
    name: "extract",
    about: "Cut songs into 16-measure pianoroll samples, split into train and validation",
    // 2: the overview tells density, beat strength and mean pitch.
    version: 2,
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
            about: "Measures from one sample's start to the next; 0: samples do not overlap.",
            accepts: Accepts::Integer(0, 64),
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
};

/// Which rows are taken when the pipeline does not say.
const USABLE: &str = "status = 'ok'";

#[derive(Deserialize)]
struct Params {
    measures: u32,
    steps: u16,
    pitches: u8,
    lowest_pitch: u8,
    validation: f64,
    drums: String,
    least_onsets: usize,
    hop: u32,
    limit: usize,
}

impl Stage for Extract {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn check(&self, stage: &spec::Stage) -> Result<(), Invalid> {
        if let Some(condition) = &stage.filter {
            check_condition::<CatalogRow>(condition).map_err(|error| Invalid {
                key: "where".into(),
                message: error.to_string(),
                hint: Some("the columns: partita stats PIPELINE/STAGE --describe".into()),
            })?;
        }
        let number = |name: &str| match stage.params.get(name) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        };
        let narrow = |name| u16::try_from(number(name)).unwrap_or(u16::MAX);
        let byte = |name| u8::try_from(number(name)).unwrap_or(u8::MAX);
        let grid = Grid::new(narrow("steps"), byte("pitches"), byte("lowest_pitch"));
        grid.map(drop).map_err(|error| Invalid {
            key: "params.lowest_pitch".into(),
            message: error.to_string(),
            hint: Some("the thesis' grid is steps 96, pitches 96, lowest_pitch 16".into()),
        })
    }

    fn run(&self, context: &Context<'_>) -> Result<String, StageError> {
        let params: Params = context.parameters()?;
        let catalog = context.input("catalog")?;
        let rows = selected_rows(catalog.file("catalog.parquet")?, context.filter)?;
        let songs = grid_songs(context, &params, &rows)?;
        write_samples(context, &params, songs)
    }
}

/// One row per song of those that the condition keeps, by content digest.
fn selected_rows(
    path: &std::path::Path,
    filter: Option<&str>,
) -> Result<BTreeMap<String, CatalogRow>, StageError> {
    let rows = read_catalog(path).map_err(StageError::failed)?;
    let table = Table::open(path).map_err(StageError::failed)?;
    let kept = table.filter(filter.unwrap_or(USABLE)).map_err(StageError::failed)?;
    let mut songs: BTreeMap<String, CatalogRow> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for row in kept.into_iter().filter_map(|index| rows.get(index)) {
        // Two files with equal notes are one song, even where the condition lets both pass.
        if let Some(notes) = &row.notes_digest
            && seen.insert(notes.clone())
        {
            songs.insert(row.digest.clone(), row.clone());
        }
    }
    if songs.is_empty() {
        let message = format!("none of the catalog's {} files is taken", rows.len());
        return Err(StageError::advised(
            message,
            "'partita stats PIPELINE/STAGE --by status' on the scan tells why; see also 'where:'",
        ));
    }
    Ok(songs)
}

fn grid_songs(
    context: &Context<'_>,
    params: &Params,
    rows: &BTreeMap<String, CatalogRow>,
) -> Result<Vec<Song>, StageError> {
    let grid = Grid::new(params.steps, params.pitches, params.lowest_pitch);
    let grid = grid.map_err(StageError::failed)?;
    let drums = if params.drums == "keep" { Drums::Keep } else { Drums::Drop };
    let path = context.input("catalog")?.file("scores.arrow")?;
    let mut songs: Vec<Song> = Vec::with_capacity(rows.len());
    for batch in read_scores(path).map_err(StageError::failed)? {
        context.stop.check()?;
        let batch = batch.map_err(StageError::failed)?;
        let cut: Vec<Song> = batch
            .par_iter()
            .filter_map(|score| {
                let row = rows.get(&score.digest)?;
                let hop = if params.hop == 0 { params.measures } else { params.hop };
                let score = score_of(score)?;
                Song::cut(row, &score, &grid, drums, (params.measures, hop), params.least_onsets)
            })
            .collect();
        songs.extend(cut);
        context.report.progress("songs", songs.len() as u64, rows.len() as u64, "");
    }
    songs.sort_by(|a, b| a.notes_digest.cmp(&b.notes_digest));
    Ok(songs)
}

fn write_samples(
    context: &Context<'_>,
    params: &Params,
    songs: Vec<Song>,
) -> Result<String, StageError> {
    let folder = context.out.join("samples");
    fs_err::create_dir_all(&folder)?;
    let grid = ShardGrid {
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
    'all: for song in &songs {
        context.stop.check()?;
        let side = split::side(&song.group, params.validation);
        for sample in &song.samples {
            if counts[0] + counts[1] >= most {
                break 'all;
            }
            let writer = if side == Split::Train { &mut train } else { &mut validation };
            writer.push(&shard_row(song, sample)).map_err(StageError::failed)?;
            overview.push(overview_row(song, sample, side, params));
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

fn shard_row<'a>(song: &'a Song, sample: &'a SongSample) -> Sample<'a> {
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

fn overview_row(song: &Song, sample: &SongSample, side: Split, params: &Params) -> SampleRow {
    let pitches = u16::from(params.pitches);
    let pitch = |cell: u16| i32::from(cell % pitches) + i32::from(params.lowest_pitch);
    let cells = || sample.measures.iter().flatten().copied();
    let all = || cells().map(pitch);
    let onsets = all().count();
    let share = |part: f64| (onsets > 0).then(|| part / onsets as f64);
    let meter: Option<TimeSignature> = sample.time_signature.parse().ok();
    let on_beat = |cell: &u16| {
        let step = u32::from(cell / pitches);
        meter.is_some_and(|meter| meter.is_on_beat(step, params.steps.into()))
    };
    let grid = usize::from(params.steps) * usize::from(pitches) * sample.measures.len();
    SampleRow {
        split: side.as_str().to_owned(),
        group: song.group.clone(),
        song: song.notes_digest.clone(),
        path: song.path.clone(),
        first_measure: sample.first_measure,
        onsets: u32::try_from(onsets).unwrap_or(u32::MAX),
        lowest: all().min(),
        highest: all().max(),
        distinct_measures: u32::try_from(distinct_measures(&sample.measures)).unwrap_or(u32::MAX),
        time_signature: sample.time_signature.clone(),
        density: onsets as f64 / grid.max(1) as f64,
        beat_strength: share(cells().filter(on_beat).count() as f64),
        mean_pitch: share(all().map(f64::from).sum()),
    }
}
