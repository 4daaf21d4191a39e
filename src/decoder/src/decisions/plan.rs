//! The plan of a measure: a softmax over new and all earlier measures.

use super::log_softmax;
use super::plane::row;
use crate::decoder::Decoder;
use crate::guide::Guide;
use crate::history::History;
use crate::learning::Learning;
use crate::net::{Candidate, INNER, WIDTH};
use crate::plan::Plan;
use crate::terms::Terms;

#[derive(Default)]
pub(crate) struct PlanDecision {
    pub(super) transposed: Vec<f32>,
    terms: Terms,
    sums: Vec<f32>,
    inner: Vec<f32>,
}

impl PlanDecision {
    /// Returns the log-probability of each plan of a measure, given those of the measures before.
    pub(crate) fn log_probabilities(
        &mut self,
        Decoder { nets, parameters, .. }: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        plans: &[Plan],
    ) -> Vec<f32> {
        let net = nets.plan.net;
        self.terms.clear();
        nets.plan.measure(history, guide, plans, &mut self.terms);
        self.sums.clear();
        self.sums.resize(Plan::candidates(plans.len()) * WIDTH, 0.0);
        self.terms.add_to(net, parameters, &mut self.sums);
        net.inner(parameters, &self.sums, &mut self.inner);
        let logits = self.inner.chunks_exact(INNER).map(|inner| net.logit(parameters, inner, 0));
        log_softmax(logits.collect())
    }

    /// Returns the negative log-likelihood of a measure whose plan is one of `right`.
    pub(crate) fn loss(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        (plans, right): (&[Plan], &[Plan]),
        learning: Option<&mut Learning<'_>>,
    ) -> f64 {
        if plans.is_empty() {
            return 0.0;
        }
        let logs = self.log_probabilities(decoder, history, guide, plans);
        let right: Vec<usize> = right.iter().map(|plan| plan.candidate(plans.len())).collect();
        let probability: f32 = right.iter().map(|&plan| logs[plan].exp()).sum();
        let probability = probability.max(f32::MIN_POSITIVE);
        if let Some(learning) = learning {
            for (candidate, log) in logs.iter().enumerate() {
                let p = log.exp();
                let target = if right.contains(&candidate) { p / probability } else { 0.0 };
                if let Some(derivative) = learning.choose(p - target) {
                    self.learn(decoder, learning, candidate, derivative);
                }
            }
        }
        -f64::from(probability.ln())
    }

    fn learn(
        &self,
        Decoder { nets, parameters, .. }: &Decoder,
        learning: &mut Learning<'_>,
        candidate: usize,
        derivative: f32,
    ) {
        let net = nets.plan.net;
        let inputs = Candidate {
            sums: &self.sums[row(candidate)],
            inner: &self.inner[candidate * INNER..][..INNER],
            head: 0,
            transposed: &self.transposed,
        };
        let gradient = net.backward(parameters, learning.gradients, inputs, derivative);
        self.terms.learn(net, learning.gradients, candidate, &gradient);
    }
}
