//! The numbers of a song that judges decide by.

use super::counts::counts;
use super::notes::Windows;
use crate::metrics::describe;
use crate::metrics::features::FEATURES;
use crate::music::roll::RollShape;

/// The numbers of a song that judges decide by, computed once for all comparisons.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Songs of one group are never known to a judge when it decides on another one.
    pub group: String,
    /// In the order of [`FEATURES`]; an undefined feature is NaN.
    pub(super) features: Vec<f32>,
    pub(super) counts: Vec<f32>,
    pub(super) windows: Windows,
}

impl Evidence {
    /// Computes the numbers of a song.
    pub fn new(song: &[Vec<u16>], group: &str, shape: &RollShape) -> Self {
        let features = describe(song, shape);
        Self {
            group: group.to_owned(),
            features: FEATURES.iter().map(|feature| (feature.value)(&features) as f32).collect(),
            counts: counts(song, shape).values().to_vec(),
            windows: Windows::new(song, shape),
        }
    }
}
