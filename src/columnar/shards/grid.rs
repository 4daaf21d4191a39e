use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Metadata, Schema};

use crate::columnar::error::ShardProblem;

/// The grid that samples lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Measures of a sample, at least 1.
    pub measures: u32,
    /// Steps of a measure, at least 1.
    pub steps: u32,
    /// Pitches of a step, at least 1.
    pub pitches: u32,
    /// MIDI pitch of the lowest of them, 0 to 127.
    pub lowest_pitch: u32,
}

impl Grid {
    /// Cells of a measure: ids are below this number.
    pub fn cells_per_measure(self) -> u32 {
        self.steps.saturating_mul(self.pitches)
    }

    /// Whether a shard lies on the grid of the first one.
    pub(super) fn expect_same(self, first: Self) -> Result<(), ShardProblem> {
        if self == first {
            return Ok(());
        }
        Err(ShardProblem::OtherGrid { found: self.to_string(), expected: first.to_string() })
    }

    const KEYS: [&str; 4] =
        ["partita.measures", "partita.steps", "partita.pitches", "partita.lowest_pitch"];

    pub(super) fn metadata(self) -> HashMap<String, String> {
        let values = [self.measures, self.steps, self.pitches, self.lowest_pitch];
        Self::KEYS
            .iter()
            .zip(values)
            .map(|(key, value)| ((*key).to_owned(), value.to_string()))
            .collect()
    }

    pub(super) fn from_metadata(metadata: &Metadata) -> Result<Self, ShardProblem> {
        let number = |key: &'static str| {
            let value = metadata.get(key).and_then(|text| text.parse::<u32>().ok());
            value.ok_or(ShardProblem::Grid { key })
        };
        let [measures, steps, pitches, lowest_pitch] = Self::KEYS;
        Ok(Self {
            measures: number(measures)?,
            steps: number(steps)?,
            pitches: number(pitches)?,
            lowest_pitch: number(lowest_pitch)?,
        })
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measures, steps, pitches, lowest_pitch } = self;
        write!(f, "{measures} measures of {steps} x {pitches} cells from pitch {lowest_pitch}")
    }
}

/// The side of the split that a sample is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// What the model learns from.
    Train,
    /// What it is judged by.
    Validation,
}

impl Split {
    /// Name of the split: the beginning of its shards' names and its value in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
        }
    }
}

/// The type of the cells of a sample.
pub(super) fn measures_type() -> DataType {
    let cell = Field::new("item", DataType::UInt16, false);
    let measure = Field::new("item", DataType::List(Arc::new(cell)), false);
    DataType::List(Arc::new(measure))
}

/// The schema of a shard; no column has gaps.
pub(super) fn schema(grid: Grid) -> Schema {
    let columns = [
        ("song", DataType::Utf8),
        ("group", DataType::Utf8),
        ("path", DataType::Utf8),
        ("first_measure", DataType::UInt32),
        ("transposition", DataType::Int8),
        ("time_signature", DataType::Utf8),
        ("onsets", DataType::UInt32),
        ("measures", measures_type()),
    ];
    let fields: Vec<Field> =
        columns.into_iter().map(|(name, kind)| Field::new(name, kind, false)).collect();
    Schema::new_with_metadata(fields, grid.metadata())
}

/// Bytes of an element of each buffer of a shard's batch; see [`mapped::decode`](crate::columnar::mapped::decode).
pub(super) const WIDTHS: [usize; 24] = [
    1, 4, 1, // song
    1, 4, 1, // group
    1, 4, 1, // path
    1, 4, // first_measure
    1, 1, // transposition
    1, 4, 1, // time_signature
    1, 4, // onsets
    1, 4, 1, 4, 1, 2, // measures, their cells
];

/// The grid of a shard whose schema this is.
pub(super) fn accept(found: &Schema) -> Result<Grid, ShardProblem> {
    let describe = |schema: &Schema| {
        let columns: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| format!("{} {}", field.name(), field.data_type()))
            .collect();
        columns.join(", ")
    };
    let grid = Grid::from_metadata(found.metadata());
    let expected = schema(*grid.as_ref().unwrap_or(&Grid {
        measures: 1,
        steps: 1,
        pitches: 1,
        lowest_pitch: 0,
    }));
    if found.fields() != expected.fields() {
        let (found, expected) = (describe(found), describe(&expected));
        return Err(ShardProblem::Columns { found, expected });
    }
    grid
}
