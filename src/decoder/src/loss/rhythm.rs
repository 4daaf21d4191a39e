//! Whether something is struck at each step of a measure.

use super::{Learning, softplus};
use crate::decoder::Nets;
use crate::guide::Guide;
use crate::history::History;
use crate::kernels::axpy;
use crate::net::{Candidate, WIDTH};
use crate::terms::Terms;
use partita_numerics::kernels::sigmoid;

#[derive(Default)]
pub(super) struct RhythmScratch {
    pub(super) transposed: Vec<f32>,
    measure_terms: Terms,
    /// Sums of the measure's features, `[step, WIDTH]`, and their gradients.
    plane: Vec<f32>,
    plane_gradient: Vec<f32>,
    terms: Terms,
    sum: Vec<f32>,
    inner: Vec<f32>,
}

impl RhythmScratch {
    /// Computes what the steps of a measure share.
    pub(super) fn start(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        guide: Option<&Guide>,
        measure: usize,
    ) {
        self.measure_terms.clear();
        nets.rhythm.measure(history, guide, measure, &mut self.measure_terms);
        for plane in [&mut self.plane, &mut self.plane_gradient] {
            plane.clear();
            plane.resize(nets.size.steps() * WIDTH, 0.0);
        }
        self.measure_terms.add_to(nets.rhythm.net, parameters, &mut self.plane);
    }

    /// Returns the logit of a strike at a time.
    pub(super) fn logit(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        time: usize,
    ) -> f32 {
        let (net, step) = (nets.rhythm.net, time % nets.size.steps());
        self.terms.clear();
        nets.rhythm.step(history, time, &mut self.terms);
        self.sum.clear();
        self.sum.extend_from_slice(&self.plane[step * WIDTH..(step + 1) * WIDTH]);
        self.terms.common_sum(net, parameters, &mut self.sum);
        net.inner(parameters, &self.sum, &mut self.inner);
        net.logit(parameters, &self.inner, 0)
    }

    pub(super) fn loss(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        time: usize,
        struck: bool,
        learning: Option<&mut Learning<'_>>,
    ) -> f64 {
        let logit = self.logit(nets, parameters, history, time);
        let target = f32::from(u8::from(struck));
        if let Some(learning) = learning
            && let Some(derivative) = learning.choose(sigmoid(logit).0 - target)
        {
            let (net, step) = (nets.rhythm.net, time % nets.size.steps());
            let mut gradient = [0.0; WIDTH];
            let inputs = Candidate {
                sums: &self.sum,
                inner: &self.inner,
                head: 0,
                transposed: &self.transposed,
            };
            net.backward(parameters, learning.gradients, inputs, derivative, &mut gradient);
            self.terms.learn_common(net, learning.gradients, &gradient);
            axpy(&mut self.plane_gradient[step * WIDTH..(step + 1) * WIDTH], &gradient, 1.0);
        }
        softplus(logit) - f64::from(logit * target)
    }

    /// Adds the gradients of what the steps share.
    pub(super) fn finish(&mut self, nets: &Nets, learning: &mut Learning<'_>) {
        let mut common = [0.0; WIDTH];
        self.plane_gradient.chunks_exact(WIDTH).for_each(|row| axpy(&mut common, row, 1.0));
        self.measure_terms.learn_common(nets.rhythm.net, learning.gradients, &common);
        self.measure_terms.learn_all(nets.rhythm.net, learning.gradients, &self.plane_gradient);
    }
}
