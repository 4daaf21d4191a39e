//! The decisions of a song: the probability of each, and its loss and gradient.

mod chord;
mod plan;
mod plane;
mod rhythm;

use crate::decoder::{Decoder, Nets};
use crate::guide::Guide;
use crate::history::History;
pub(crate) use chord::ChordChoices;
use chord::ChordDecision;
use plan::PlanDecision;
use rhythm::RhythmDecision;

/// The decisions of one song after the other, with buffers that are used again.
#[derive(Default)]
pub(crate) struct Decisions {
    pub(crate) plan: PlanDecision,
    pub(crate) rhythm: RhythmDecision,
    pub(crate) chord: ChordDecision,
}

impl Decisions {
    /// Prepares learning with these weights.
    pub(crate) fn prepare_learning(&mut self, decoder: &Decoder) {
        let Decoder { nets, parameters, .. } = decoder;
        nets.plan.net.transpose(parameters, &mut self.plan.transposed);
        nets.rhythm.net.transpose(parameters, &mut self.rhythm.transposed);
        nets.chord.net.transpose(parameters, &mut self.chord.transposed);
    }

    /// Computes the sums that the decisions of a measure share.
    pub(crate) fn start_measure(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        measure: usize,
    ) {
        let Decoder { nets: Nets { size, rhythm, chord, .. }, parameters, .. } = decoder;
        self.rhythm.plane.start(rhythm.net, parameters, size.steps(), |terms| {
            rhythm.measure(history, guide, measure, terms);
        });
        self.chord.plane.start(chord.net, parameters, size.pitches(), |terms| {
            chord.measure(history, guide, measure, terms);
        });
    }
}

/// Returns the logits minus the logarithm of the sum of their exponentials.
fn log_softmax(mut logits: Vec<f32>) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    let log_sum = largest + sum.ln();
    logits.iter_mut().for_each(|logit| *logit -= log_sum);
    logits
}

/// Returns the negative log-likelihood of a binary decision with this logit.
fn binary_loss(logit: f32, target: f32) -> f64 {
    let x = f64::from(logit);
    x.max(0.0) + (-x.abs()).exp().ln_1p() - f64::from(logit * target)
}
