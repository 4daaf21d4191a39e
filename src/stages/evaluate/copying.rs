//! Finds the nearest training sample of each song.

use super::reference::{ReferenceData, Song};
use super::scan_training::scan_training;
use crate::metrics::copying::{Nearest, Search, SearchState};
use crate::stage_api::{Result, StageContext};

/// The nearest training sample of each song; empty without training samples.
pub(super) struct Copying {
    /// Of the generated songs, in order.
    pub(super) generated: Vec<Nearest>,
    /// Of the validation samples that the model is evaluated on. Empty if it is evaluated on training samples, because
    /// each of them would find itself.
    pub(super) real: Vec<Nearest>,
}

/// Compares every song with every training sample.
pub(super) fn find_nearest(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    generated: &[Song],
    real: &[Song],
) -> Result<Copying> {
    let real = if reference.validation.is_empty() { &[] } else { real };
    let search = Search::new(&[generated, real].concat(), reference.shape);
    let start = |_: &SearchState| search.new_state();
    let visit =
        |found: &mut SearchState, index, song: &[Vec<u16>]| search.visit(found, index, song);
    let (state, about) = (search.new_state(), "nearest songs");
    let found = scan_training(context, reference, about, state, start, visit, SearchState::merge)?;
    let mut nearest = found.nearest.into_iter();
    let generated = nearest.by_ref().take(generated.len()).flatten().collect();
    Ok(Copying { generated, real: nearest.flatten().collect() })
}
