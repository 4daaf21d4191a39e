//! The training sample that is most like each song.

use super::ReferenceData;
use super::scan_training::scan_training;
use crate::metrics::copying::{Nearest, Search, SearchState};
use crate::stage_api::{StageContext, StageError};

/// What was found for each song; nothing where there are no training samples.
pub(super) struct Copying {
    /// For the drawn songs, in their order.
    pub(super) drawn: Vec<Nearest>,
    /// For the validation samples that the model was judged on. Empty where it was judged on training
    /// samples: each would find itself.
    pub(super) real: Vec<Nearest>,
}

/// Compares every song with every training sample.
pub(super) fn copying(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    drawn: &[Vec<Vec<u16>>],
    real: &[Vec<Vec<u16>>],
) -> Result<Copying, StageError> {
    let ReferenceData { training, shape, .. } = reference;
    let real = if reference.held.is_empty() { &[] } else { real };
    let search = Search::new(&[drawn, real].concat(), *shape);
    let visit = |found: &mut SearchState, index, measures: &[Vec<u16>]| {
        search.visit(found, index, measures);
    };
    let (nothing, about) = (search.new_state(), "nearest songs");
    let begin = |_: &SearchState| search.new_state();
    let found = scan_training(context, training, about, nothing, begin, visit, SearchState::merge)?;
    let mut nearest = found.nearest.into_iter();
    let drawn = nearest.by_ref().take(drawn.len()).flatten().collect();
    Ok(Copying { drawn, real: nearest.flatten().collect() })
}
