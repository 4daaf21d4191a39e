//! The pitches of each chord of a measure.

use super::plan::log_softmax;
use super::{Learning, softplus};
use crate::chord::{HIGHER, LOWEST};
use crate::decoder::Nets;
use crate::guide::Guide;
use crate::history::History;
use crate::kernels::axpy;
use crate::net::{Candidate, INNER, WIDTH};
use crate::song::{Pitches, bits};
use crate::terms::Terms;
use partita_numerics::kernels::sigmoid;

#[derive(Default)]
pub(super) struct ChordScratch {
    pub(super) transposed: Vec<f32>,
    measure_terms: Terms,
    /// Sums of the measure's features, `[pitch, WIDTH]`, and their gradients.
    plane: Vec<f32>,
    plane_gradient: Vec<f32>,
    terms: Terms,
    above: Terms,
    /// Sums of the chord's features before any note is chosen, and above those chosen.
    sums: Vec<f32>,
    higher_sums: Vec<f32>,
    inner: Vec<f32>,
    higher_inner: Vec<f32>,
    common: Vec<f32>,
}

impl ChordScratch {
    /// Computes what the chords of a measure share.
    pub(super) fn start(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        guide: Option<&Guide>,
        measure: usize,
    ) {
        self.measure_terms.clear();
        nets.chord.measure(history, guide, measure, &mut self.measure_terms);
        for plane in [&mut self.plane, &mut self.plane_gradient] {
            plane.clear();
            plane.resize(nets.size.pitches() * WIDTH, 0.0);
        }
        self.measure_terms.add_to(nets.chord.net, parameters, &mut self.plane);
    }

    /// Returns the log-probability of each pitch to be the lowest of the chord at a time.
    pub(super) fn lowest(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        guide: Option<&Guide>,
        time: usize,
    ) -> Vec<f32> {
        let net = nets.chord.net;
        self.terms.clear();
        nets.chord.chord(history, guide, time, &mut self.terms);
        self.sums.clone_from(&self.plane);
        self.terms.add_to(net, parameters, &mut self.sums);
        net.inner(parameters, &self.sums, &mut self.inner);
        self.higher_sums.clone_from(&self.sums);
        self.above.clear();
        let logits =
            self.inner.chunks_exact(INNER).map(|inner| net.logit(parameters, inner, LOWEST));
        log_softmax(logits.collect())
    }

    /// Adds a chosen note, and computes the layer of the pitches above it.
    pub(super) fn choose(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        note: usize,
        lowest: usize,
        chosen: usize,
    ) {
        let mut above = Terms::default();
        nets.chord.above(note, lowest, chosen, &mut above);
        above.add_to(nets.chord.net, parameters, &mut self.higher_sums);
        self.above.append(above);
    }

    /// Returns the logit of a pitch above those chosen.
    pub(super) fn higher(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        from: usize,
    ) -> impl Iterator<Item = f32> {
        let net = nets.chord.net;
        net.inner(parameters, &self.higher_sums[from * WIDTH..], &mut self.higher_inner);
        self.higher_inner.chunks_exact(INNER).map(move |inner| net.logit(parameters, inner, HIGHER))
    }

    pub(super) fn loss(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        history: &History,
        guide: Option<&Guide>,
        (time, chord): (usize, Pitches),
        mut learning: Option<&mut Learning<'_>>,
    ) -> f64 {
        let lowest = chord.trailing_zeros() as usize;
        let logs = self.lowest(nets, parameters, history, guide, time);
        let mut nats = -f64::from(logs[lowest]);
        self.common.clear();
        self.common.resize(WIDTH, 0.0);
        if let Some(learning) = learning.as_deref_mut() {
            for (pitch, log) in logs.iter().enumerate() {
                let target = if pitch == lowest { 1.0 } else { 0.0 };
                if let Some(derivative) = learning.choose(log.exp() - target) {
                    self.learn(nets, parameters, learning, pitch, derivative, LOWEST);
                }
            }
        }
        for (index, note) in bits(chord).enumerate() {
            self.choose(nets, parameters, note, lowest, index + 1);
        }
        let from = lowest + 1;
        let logits: Vec<f32> = self.higher(nets, parameters, from).collect();
        for (pitch, logit) in (from..).zip(logits) {
            let target = (chord >> pitch & 1) as f32;
            nats += softplus(logit) - f64::from(logit * target);
            if let Some(learning) = learning.as_deref_mut()
                && let Some(derivative) = learning.choose(sigmoid(logit).0 - target)
            {
                self.learn(nets, parameters, learning, pitch, derivative, HIGHER);
            }
        }
        if let Some(learning) = learning {
            self.terms.learn_common(nets.chord.net, learning.gradients, &self.common);
        }
        nats
    }

    fn learn(
        &mut self,
        nets: &Nets,
        parameters: &[f32],
        learning: &mut Learning<'_>,
        pitch: usize,
        derivative: f32,
        head: usize,
    ) {
        let net = nets.chord.net;
        let row = pitch * WIDTH..(pitch + 1) * WIDTH;
        let (sums, inner) = match head {
            LOWEST => (&self.sums[row.clone()], &self.inner[pitch * INNER..][..INNER]),
            _ => {
                let first = nets.size.pitches() - self.higher_inner.len() / INNER;
                (
                    &self.higher_sums[row.clone()],
                    &self.higher_inner[(pitch - first) * INNER..][..INNER],
                )
            }
        };
        let mut gradient = [0.0; WIDTH];
        net.backward(
            parameters,
            learning.gradients,
            Candidate { sums, inner, head, transposed: &self.transposed },
            derivative,
            &mut gradient,
        );
        self.terms.learn(net, learning.gradients, pitch, &gradient);
        if head == HIGHER {
            self.above.learn(net, learning.gradients, pitch, &gradient);
        }
        axpy(&mut self.common, &gradient, 1.0);
        axpy(&mut self.plane_gradient[row], &gradient, 1.0);
    }

    /// Adds the gradients of what the chords share.
    pub(super) fn finish(&mut self, nets: &Nets, learning: &mut Learning<'_>) {
        let mut common = [0.0; WIDTH];
        self.plane_gradient.chunks_exact(WIDTH).for_each(|row| axpy(&mut common, row, 1.0));
        self.measure_terms.learn_common(nets.chord.net, learning.gradients, &common);
        self.measure_terms.learn_all(nets.chord.net, learning.gradients, &self.plane_gradient);
    }
}
