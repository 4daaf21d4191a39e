//! Leaving out what a decoder knows, to measure what it is worth.

use serde::{Deserialize, Serialize};

/// What a decoder does without. A decoder without codes is one that has learned no song with its code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Without {
    /// Nothing: the whole decoder.
    #[default]
    Nothing,
    /// Plans: each measure is played step by step.
    Plan,
    /// The same place of earlier measures, except that of a planned variation.
    Lags,
    /// What the song does often, and what followed the last chords before.
    Habits,
}

impl Without {
    /// Returns true if nothing is left out.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}
