//! A network with one sparse and one dense layer, evaluated for many candidates that share their weights.
//!
//! ```text
//! candidate's features: rows of `first`, each times a number
//!   h = relu(sum of rows)          WIDTH
//!   g = relu(h second + bias)      INNER
//!   logit of head i = g . heads[i] + bias[i]
//! ```
//!
//! All parameters are slices of one vector, so that Adam, averages and files see a single list of numbers.

use crate::kernels;
use partita_numerics::rng::{Purpose, stream_at, uniform};
use std::ops::Range;

/// Units of the sparse layer.
pub(crate) const WIDTH: usize = 96;
/// Units of the dense layer.
pub(crate) const INNER: usize = 32;

/// Where the parameters of a network are in the vector of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Net {
    start: usize,
    rows: usize,
    heads: usize,
}

impl Net {
    pub(crate) fn new(start: usize, rows: usize, heads: usize) -> Self {
        Self { start, rows, heads }
    }

    /// Returns the end of its parameters.
    pub(crate) fn end(self) -> usize {
        self.head_biases().end
    }

    /// Returns the place of row `row` of the sparse layer.
    pub(crate) fn row(self, row: usize) -> usize {
        self.start + row * WIDTH
    }

    pub(crate) fn first(self) -> Range<usize> {
        self.start..self.row(self.rows)
    }

    pub(crate) fn second(self) -> Range<usize> {
        let start = self.first().end;
        start..start + WIDTH * INNER
    }

    pub(crate) fn second_bias(self) -> Range<usize> {
        let start = self.second().end;
        start..start + INNER
    }

    pub(crate) fn heads(self) -> Range<usize> {
        let start = self.second_bias().end;
        start..start + self.heads * INNER
    }

    pub(crate) fn head_biases(self) -> Range<usize> {
        let start = self.heads().end;
        start..start + self.heads
    }

    /// Returns the name, place and shape of each of its tensors.
    pub(crate) fn tensors(self) -> [(&'static str, Range<usize>, Vec<usize>); 5] {
        [
            ("first", self.first(), vec![self.rows, WIDTH]),
            ("second", self.second(), vec![WIDTH, INNER]),
            ("second_bias", self.second_bias(), vec![INNER]),
            ("heads", self.heads(), vec![self.heads, INNER]),
            ("head_biases", self.head_biases(), vec![self.heads]),
        ]
    }

    /// Sets initial weights. `active`: about how many rows a candidate has, which gives hidden units a variance near 1.
    pub(crate) fn initialize(self, parameters: &mut [f32], seed: u64, index: u64, active: f32) {
        let mut fill = |range: Range<usize>, part: u64, deviation: f32| {
            let mut random = stream_at(seed, Purpose::DecoderWeights, [index, part]);
            let count = range.len();
            parameters[range].copy_from_slice(&uniform(
                &mut random,
                count,
                deviation * 3f32.sqrt(),
            ));
        };
        fill(self.first(), 0, (1.0 / active).sqrt());
        fill(self.second(), 1, (2.0 / WIDTH as f32).sqrt());
        fill(self.heads(), 2, 0.1 / (INNER as f32).sqrt());
    }

    /// Writes the weights of the dense layer as `[INNER, WIDTH]`.
    pub(crate) fn transpose(self, parameters: &[f32], transposed: &mut Vec<f32>) {
        let weights = &parameters[self.second()];
        transposed.clear();
        transposed.extend((0..INNER).flat_map(|unit| weights[unit..].iter().step_by(INNER)));
    }

    /// Computes `g` of each candidate, `[candidates, INNER]`, from the sums of its rows, `[candidates, WIDTH]`.
    pub(crate) fn inner(self, parameters: &[f32], sums: &[f32], inner: &mut Vec<f32>) {
        inner.resize(sums.len() / WIDTH * INNER, 0.0);
        kernels::inner(sums, &parameters[self.second()], &parameters[self.second_bias()], inner);
    }

    /// Returns the logit of a head.
    pub(crate) fn logit(self, parameters: &[f32], inner: &[f32], head: usize) -> f32 {
        let start = self.heads().start + head * INNER;
        let weights = &parameters[start..start + INNER];
        kernels::dot(inner, weights) + parameters[self.head_biases().start + head]
    }

    /// Adds the gradients of a candidate, whose logit of a head has this derivative, to those of the dense layers. Returns
    /// the derivatives of its sum of rows.
    pub(crate) fn backward(
        self,
        parameters: &[f32],
        gradients: &mut [f32],
        candidate: Candidate<'_>,
        derivative: f32,
    ) -> [f32; WIDTH] {
        let Candidate { sums, inner, head, transposed } = candidate;
        let start = self.heads().start + head * INNER;
        let weights = &parameters[start..start + INNER];
        gradients[self.head_biases().start + head] += derivative;
        kernels::axpy(&mut gradients[start..start + INNER], inner, derivative);
        let mut inner_gradient = [0.0; INNER];
        for ((gradient, &unit), &weight) in inner_gradient.iter_mut().zip(inner).zip(weights) {
            *gradient = if unit > 0.0 { derivative * weight } else { 0.0 };
        }
        kernels::axpy(&mut gradients[self.second_bias()], &inner_gradient, 1.0);
        let mut sum_gradient = [0.0; WIDTH];
        kernels::inner_gradient(
            sums,
            transposed,
            &inner_gradient,
            &mut gradients[self.second()],
            &mut sum_gradient,
        );
        sum_gradient
    }
}

/// Inputs of the backward pass of a candidate.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'a> {
    /// Sum of its rows, before the activation.
    pub(crate) sums: &'a [f32],
    /// Its units of the dense layer.
    pub(crate) inner: &'a [f32],
    pub(crate) head: usize,
    /// See [`Net::transpose`].
    pub(crate) transposed: &'a [f32],
}
