//! The pitches of each chord of a measure.

use super::plane::{Plane, row};
use super::{binary_loss, log_softmax};
use crate::chord::{Chosen, HIGHER, LOWEST};
use crate::decoder::Decoder;
use crate::guide::Guide;
use crate::history::History;
use crate::kernels::axpy;
use crate::learning::Learning;
use crate::net::{Candidate, INNER, WIDTH};
use crate::song::{Pitches, bits};
use crate::terms::Terms;
use partita_numerics::kernels::sigmoid;

/// Chooses the notes of a chord, upwards.
pub(crate) trait ChordChoices {
    /// Chooses the lowest pitch by the log-probability of each.
    fn lowest(&mut self, logs: &[f32]) -> usize;

    /// Decides whether a higher pitch belongs to the chord, by its logit. Pitches ascend.
    fn higher(&mut self, pitch: usize, logit: f32) -> bool;
}

#[derive(Default)]
pub(crate) struct ChordDecision {
    pub(super) transposed: Vec<f32>,
    pub(super) plane: Plane,
    terms: Terms,
    above: Terms,
    /// Sums of the chord's features before any note is chosen, and above those chosen.
    sums: Vec<f32>,
    higher_sums: Vec<f32>,
    inner: Vec<f32>,
    higher_inner: Vec<f32>,
    /// Sum of the derivatives of all candidates.
    common: Vec<f32>,
}

impl ChordDecision {
    /// Returns the log-probability of each pitch to be the lowest of the chord at a time.
    pub(crate) fn lowest(
        &mut self,
        Decoder { nets, parameters, .. }: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        time: usize,
    ) -> Vec<f32> {
        let net = nets.chord.net;
        self.terms.clear();
        nets.chord.chord(history, guide, time, &mut self.terms);
        self.sums.clone_from(self.plane.sums());
        self.terms.add_to(net, parameters, &mut self.sums);
        net.inner(parameters, &self.sums, &mut self.inner);
        self.higher_sums.clone_from(&self.sums);
        self.above.clear();
        let logits =
            self.inner.chunks_exact(INNER).map(|inner| net.logit(parameters, inner, LOWEST));
        log_softmax(logits.collect())
    }

    /// Adds a chosen note to the features of the pitches above it.
    pub(crate) fn choose(
        &mut self,
        Decoder { nets, parameters, .. }: &Decoder,
        history: &History,
        note: Chosen,
    ) {
        let mut above = Terms::default();
        nets.chord.above(history, note, &mut above);
        above.add_to(nets.chord.net, parameters, &mut self.higher_sums);
        self.above.append(above);
    }

    /// Returns the logit of each pitch from `from` on, given the chosen notes below.
    pub(crate) fn higher(
        &mut self,
        Decoder { nets, parameters, .. }: &Decoder,
        from: usize,
    ) -> impl Iterator<Item = f32> {
        let net = nets.chord.net;
        net.inner(parameters, &self.higher_sums[from * WIDTH..], &mut self.higher_inner);
        self.higher_inner.chunks_exact(INNER).map(move |inner| net.logit(parameters, inner, HIGHER))
    }

    /// Draws the chord at a time.
    pub(crate) fn draw(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        time: usize,
        choices: &mut impl ChordChoices,
    ) -> Pitches {
        let lowest = choices.lowest(&self.lowest(decoder, history, guide, time));
        let (mut chord, mut chosen, mut last) = (0, 0, Some(lowest));
        while let Some(note) = last {
            chord |= 1 << note;
            chosen += 1;
            self.choose(decoder, history, Chosen { note, lowest, count: chosen });
            let above = (note + 1..).zip(self.higher(decoder, note + 1));
            last = above
                .into_iter()
                .find(|&(pitch, logit)| choices.higher(pitch, logit))
                .map(|it| it.0);
        }
        chord
    }

    /// Returns the negative log-likelihood of the chord at a time.
    pub(crate) fn loss(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        (time, chord): (usize, Pitches),
        mut learning: Option<&mut Learning<'_>>,
    ) -> f64 {
        let lowest = chord.trailing_zeros() as usize;
        let logs = self.lowest(decoder, history, guide, time);
        let mut nats = -f64::from(logs[lowest]);
        self.common.clear();
        self.common.resize(WIDTH, 0.0);
        if let Some(learning) = learning.as_deref_mut() {
            for (pitch, log) in logs.iter().enumerate() {
                let target = if pitch == lowest { 1.0 } else { 0.0 };
                if let Some(derivative) = learning.choose(log.exp() - target) {
                    self.learn(decoder, learning, pitch, derivative, LOWEST);
                }
            }
        }
        for (index, note) in bits(chord).enumerate() {
            self.choose(decoder, history, Chosen { note, lowest, count: index + 1 });
        }
        let from = lowest + 1;
        let logits: Vec<f32> = self.higher(decoder, from).collect();
        for (pitch, logit) in (from..).zip(logits) {
            let target = (chord >> pitch & 1) as f32;
            nats += binary_loss(logit, target);
            if let Some(learning) = learning.as_deref_mut()
                && let Some(derivative) = learning.choose(sigmoid(logit).0 - target)
            {
                self.learn(decoder, learning, pitch, derivative, HIGHER);
            }
        }
        if let Some(learning) = learning {
            self.terms.learn_common(decoder.nets.chord.net, learning.gradients, &self.common);
        }
        nats
    }

    fn learn(
        &mut self,
        Decoder { nets, parameters, .. }: &Decoder,
        learning: &mut Learning<'_>,
        pitch: usize,
        derivative: f32,
        head: usize,
    ) {
        let net = nets.chord.net;
        let (sums, inner, first) = match head {
            LOWEST => (&self.sums, &self.inner, 0),
            _ => {
                let first = nets.size.pitches() - self.higher_inner.len() / INNER;
                (&self.higher_sums, &self.higher_inner, first)
            }
        };
        let inputs = Candidate {
            sums: &sums[row(pitch)],
            inner: &inner[(pitch - first) * INNER..][..INNER],
            head,
            transposed: &self.transposed,
        };
        let gradient = net.backward(parameters, learning.gradients, inputs, derivative);
        self.terms.learn(net, learning.gradients, pitch, &gradient);
        if head == HIGHER {
            self.above.learn(net, learning.gradients, pitch, &gradient);
        }
        axpy(&mut self.common, &gradient, 1.0);
        self.plane.learn(pitch, &gradient);
    }

    /// Adds the gradients of what the chords of the measure share.
    pub(crate) fn finish_measure(&mut self, decoder: &Decoder, learning: &mut Learning<'_>) {
        self.plane.finish(decoder.nets.chord.net, learning);
    }
}
