//! Features that a measure's candidates keep while it is played.

use crate::kernels::axpy;
use crate::learning::Learning;
use crate::net::{Net, WIDTH};
use crate::terms::Terms;
use std::ops::Range;

/// The features of a measure, and their sums `[candidates, WIDTH]`, computed once per measure.
#[derive(Default)]
pub(super) struct Plane {
    terms: Terms,
    sums: Vec<f32>,
    gradients: Vec<f32>,
}

impl Plane {
    /// Starts a measure of `count` candidates, whose features `add` adds.
    pub(super) fn start(
        &mut self,
        net: Net,
        parameters: &[f32],
        count: usize,
        add: impl FnOnce(&mut Terms),
    ) {
        self.terms.clear();
        add(&mut self.terms);
        for plane in [&mut self.sums, &mut self.gradients] {
            plane.clear();
            plane.resize(count * WIDTH, 0.0);
        }
        self.terms.add_to(net, parameters, &mut self.sums);
    }

    /// Returns the sums of all candidates.
    pub(super) fn sums(&self) -> &Vec<f32> {
        &self.sums
    }

    /// Adds the derivatives of a candidate's sum.
    pub(super) fn learn(&mut self, candidate: usize, sum_gradient: &[f32]) {
        axpy(&mut self.gradients[row(candidate)], sum_gradient, 1.0);
    }

    /// Adds the gradients of the measure's features.
    pub(super) fn finish(&mut self, net: Net, learning: &mut Learning<'_>) {
        let mut common = [0.0; WIDTH];
        self.gradients.chunks_exact(WIDTH).for_each(|row| axpy(&mut common, row, 1.0));
        self.terms.learn_common(net, learning.gradients, &common);
        self.terms.learn_all(net, learning.gradients, &self.gradients);
    }
}

/// Returns the place of a candidate among sums.
pub(super) fn row(candidate: usize) -> Range<usize> {
    candidate * WIDTH..(candidate + 1) * WIDTH
}
