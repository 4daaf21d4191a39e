//! The plan of a measure: a softmax over new and all earlier measures.

use super::Learning;
use crate::decoder::Nets;
use crate::guide::Guide;
use crate::history::History;
use crate::net::{Candidate, INNER, WIDTH};
use crate::plan::Plan;
use crate::terms::Terms;

#[derive(Default)]
pub(super) struct PlanScratch {
    pub(super) transposed: Vec<f32>,
    pub(super) terms: Terms,
    sums: Vec<f32>,
    inner: Vec<f32>,
}

impl PlanScratch {
    /// Returns the log-probability of each plan of a measure.
    pub(super) fn log_probabilities(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        guide: Option<&Guide>,
        plans: &[Plan],
    ) -> Vec<f32> {
        let net = nets.plan.net;
        self.terms.clear();
        nets.plan.measure(history, guide, plans, &mut self.terms);
        self.sums.clear();
        self.sums.resize((1 + 3 * plans.len()) * WIDTH, 0.0);
        self.terms.add_to(net, parameters, &mut self.sums);
        net.inner(parameters, &self.sums, &mut self.inner);
        let logits = self.inner.chunks_exact(INNER).map(|inner| net.logit(parameters, inner, 0));
        log_softmax(logits.collect())
    }
}

/// Returns the logits minus the logarithm of the sum of their exponentials.
pub(super) fn log_softmax(mut logits: Vec<f32>) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
    let log_sum = largest + sum.ln();
    logits.iter_mut().for_each(|logit| *logit -= log_sum);
    logits
}

/// Returns the negative log-likelihood of a measure whose plan is one of `right`.
#[expect(
    clippy::too_many_arguments,
    reason = "the state of a song, in parts that are borrowed apart"
)]
pub(super) fn loss(
    nets: &Nets,
    parameters: &[f32],
    history: &History,
    guide: Option<&Guide>,
    plans: &[Plan],
    right: &[Plan],
    learning: Option<&mut Learning<'_>>,
    scratch: &mut PlanScratch,
) -> f64 {
    if plans.is_empty() {
        return 0.0;
    }
    let logs = scratch.log_probabilities(nets, parameters, history, guide, plans);
    let right: Vec<usize> = right.iter().map(|plan| plan.candidate(plans.len())).collect();
    let probability: f32 = right.iter().map(|&plan| logs[plan].exp()).sum();
    let probability = probability.max(f32::MIN_POSITIVE);
    if let Some(learning) = learning {
        let net = nets.plan.net;
        for (candidate, log) in logs.iter().enumerate() {
            let p = log.exp();
            let target = if right.contains(&candidate) { p / probability } else { 0.0 };
            let Some(derivative) = learning.choose(p - target) else { continue };
            let mut gradient = [0.0; WIDTH];
            let inputs = Candidate {
                sums: &scratch.sums[candidate * WIDTH..][..WIDTH],
                inner: &scratch.inner[candidate * INNER..][..INNER],
                head: 0,
                transposed: &scratch.transposed,
            };
            net.backward(parameters, learning.gradients, inputs, derivative, &mut gradient);
            scratch.terms.learn(net, learning.gradients, candidate, &gradient);
        }
    }
    -f64::from(probability.ln())
}
