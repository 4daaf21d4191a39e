//! Whether something is struck at each step of a measure.

use super::binary_loss;
use super::plane::{Plane, row};
use crate::decoder::Decoder;
use crate::history::History;
use crate::learning::Learning;
use crate::net::Candidate;
use crate::terms::Terms;
use partita_numerics::kernels::sigmoid;

#[derive(Default)]
pub(crate) struct RhythmDecision {
    pub(super) transposed: Vec<f32>,
    pub(super) plane: Plane,
    terms: Terms,
    sum: Vec<f32>,
    inner: Vec<f32>,
}

impl RhythmDecision {
    /// Returns the logit of a strike at a time.
    pub(crate) fn logit(
        &mut self,
        Decoder { nets, parameters, .. }: &Decoder,
        history: &History,
        time: usize,
    ) -> f32 {
        let net = nets.rhythm.net;
        self.terms.clear();
        nets.rhythm.step(history, time, &mut self.terms);
        self.sum.clear();
        self.sum.extend_from_slice(&self.plane.sums()[row(time % nets.size.steps())]);
        self.terms.common_sum(net, parameters, &mut self.sum);
        net.inner(parameters, &self.sum, &mut self.inner);
        net.logit(parameters, &self.inner, 0)
    }

    /// Returns the negative log-likelihood of a strike, or of none, at a time.
    pub(crate) fn loss(
        &mut self,
        decoder: &Decoder,
        history: &History,
        (time, struck): (usize, bool),
        learning: Option<&mut Learning<'_>>,
    ) -> f64 {
        let logit = self.logit(decoder, history, time);
        let target = f32::from(u8::from(struck));
        if let Some(learning) = learning
            && let Some(derivative) = learning.choose(sigmoid(logit).0 - target)
        {
            let net = decoder.nets.rhythm.net;
            let inputs = Candidate {
                sums: &self.sum,
                inner: &self.inner,
                head: 0,
                transposed: &self.transposed,
            };
            let gradient =
                net.backward(&decoder.parameters, learning.gradients, inputs, derivative);
            self.terms.learn_common(net, learning.gradients, &gradient);
            self.plane.learn(time % decoder.nets.size.steps(), &gradient);
        }
        binary_loss(logit, target)
    }

    /// Adds the gradients of what the steps of the measure share.
    pub(crate) fn finish_measure(&mut self, decoder: &Decoder, learning: &mut Learning<'_>) {
        self.plane.finish(decoder.nets.rhythm.net, learning);
    }
}
