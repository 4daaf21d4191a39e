//! The schema of a shard, and the shape in its metadata.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Metadata, Schema};

use crate::columnar::error::{ShardProblem, ShardResult};
use crate::columnar::ipc::list_type;
use crate::music::roll::RollShape;
use strum::{EnumString, IntoStaticStr, VariantNames};

/// Keys of the shape in the metadata of a shard's schema.
const SHAPE_KEYS: [&str; 4] =
    ["partita.measures", "partita.steps", "partita.pitches", "partita.lowest_pitch"];

fn metadata(shape: RollShape) -> HashMap<String, String> {
    let lowest_pitch = usize::from(shape.lowest_pitch());
    let values = [shape.measures(), shape.steps(), shape.pitches(), lowest_pitch];
    let entry = |(key, value): (&str, usize)| (key.to_owned(), value.to_string());
    SHAPE_KEYS.into_iter().zip(values).map(entry).collect()
}

/// Returns the shape that the metadata of a shard's schema holds.
fn shape(metadata: &Metadata) -> ShardResult<RollShape> {
    let number = |key: &'static str| {
        let value = metadata.get(key).and_then(|text| text.parse::<u32>().ok());
        value.ok_or_else(|| {
            not_samples(format!("`{key}` is missing from its metadata or not a number"))
        })
    };
    let [measures, steps, pitches, lowest_pitch] = SHAPE_KEYS.map(number);
    let shape = RollShape::new(measures?, steps?, pitches?, lowest_pitch?);
    shape.map_err(|error| not_samples(error.to_string()))
}

/// Checks that a shard has the shape of the first one.
pub(super) fn expect_same(found: RollShape, first: RollShape) -> ShardResult {
    if found == first {
        return Ok(());
    }
    let message = format!("its grid ({found}) differs from that of the first shard ({first})");
    Err(ShardProblem::Invalid(message))
}

fn not_samples(why: String) -> ShardProblem {
    ShardProblem::Invalid(format!("not a shard of samples: {why}"))
}

/// The side of the split that a sample is on.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Split {
    /// Samples that the model is trained on.
    Train,
    /// Held-out samples, on which settings may be chosen.
    Validation,
    /// Held-out samples that no training and no choice of settings uses: the judges of generated songs compare with
    /// them.
    Judging,
}

impl Split {
    /// Name of the split: the beginning of its shards' names and its value in tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The schema of a shard; no column has gaps.
pub(super) fn schema(shape: RollShape) -> Arc<Schema> {
    Arc::new(Schema::new_with_metadata(fields(), metadata(shape)))
}

fn fields() -> Vec<Field> {
    let columns = [
        ("song", DataType::Utf8),
        ("group", DataType::Utf8),
        ("path", DataType::Utf8),
        ("first_measure", DataType::UInt32),
        ("transposition", DataType::Int8),
        ("time_signature", DataType::Utf8),
        ("onsets", DataType::UInt32),
        ("measures", list_type(list_type(DataType::UInt16))),
    ];
    columns.into_iter().map(|(name, kind)| Field::new(name, kind, false)).collect()
}

/// Returns the shape of a shard whose schema this is.
pub(super) fn accept(found: &Schema) -> ShardResult<RollShape> {
    let describe = |fields: &Fields| {
        let columns = fields.iter().map(|field| format!("{} {}", field.name(), field.data_type()));
        columns.collect::<Vec<String>>().join(", ")
    };
    let expected = Fields::from(fields());
    if found.fields() != &expected {
        let (found, expected) = (describe(found.fields()), describe(&expected));
        return Err(not_samples(format!("its columns are [{found}], expected [{expected}]")));
    }
    shape(found.metadata())
}
