//! The likelihood of a song, and its gradient.
//!
//! A song's probability is the product over measures of that of its plan, and in new measures of that of each step
//! (struck or not) and each chord (its lowest pitch, then each higher pitch struck or not). No decision depends on a
//! hidden state, so the gradient of each is complete at once.

mod chord;
mod plan;
mod rhythm;

use crate::decoder::{Decoder, Nets};
use crate::guide::Guide;
use crate::history::History;
use crate::plan::Plan;
use crate::song::{Pitches, Song};
use crate::train::Example;
use partita_numerics::rng::unit;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;
use std::ops::AddAssign;

/// Negative log-likelihoods in nats.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nats {
    /// Of the plans: new measures or exact returns.
    pub plan: f64,
    /// Of the steps at which something is struck.
    pub rhythm: f64,
    /// Of the pitches.
    pub chord: f64,
}

impl Nats {
    /// Returns the sum.
    pub fn total(&self) -> f64 {
        self.plan + self.rhythm + self.chord
    }
}

impl AddAssign for Nats {
    fn add_assign(&mut self, other: Self) {
        self.plan += other.plan;
        self.rhythm += other.rhythm;
        self.chord += other.chord;
    }
}

/// Where gradients go, and which candidates give some.
pub(crate) struct Learning<'a> {
    pub(crate) gradients: &'a mut [f32],
    /// Factor of all derivatives.
    pub(crate) scale: f32,
    /// See [`SURE`].
    pub(crate) sure: f32,
    pub(crate) random: ChaCha8Rng,
}

/// Derivatives below this are kept with a probability in proportion to their size, and made as large as this: most
/// candidates are improbable pitches whose derivatives are tiny, and all of them together cost most of the time. The
/// expectation of the gradient stays the same.
pub(crate) const SURE: f32 = 0.1;

impl Learning<'_> {
    /// Returns the derivative to use for a candidate; `None` to skip it.
    pub(crate) fn choose(&mut self, derivative: f32) -> Option<f32> {
        let share = derivative.abs() / self.sure;
        if share >= 1.0 || self.sure == 0.0 {
            return Some(derivative * self.scale);
        }
        let kept = unit(self.random.next_u32()) < f64::from(share);
        kept.then(|| derivative.signum() * self.sure * self.scale)
    }
}

/// Buffers that are used again for each decision.
#[derive(Default)]
pub(crate) struct Scratch {
    chord: chord::ChordScratch,
    rhythm: rhythm::RhythmScratch,
    plan: plan::PlanScratch,
}

/// Returns the likelihood of a song with the plans that follow from it. Adds its gradient if one is wanted.
pub(crate) fn song_loss(
    nets: &Nets,
    parameters: &[f32],
    example: &Example,
    mut learning: Option<&mut Learning<'_>>,
    scratch: &mut Scratch,
) -> Nats {
    let Example { song, guide, heard } = example;
    let guide = guide.as_ref();
    let steps = nets.size.steps();
    if learning.is_some() {
        nets.plan.net.transpose(parameters, &mut scratch.plan.transposed);
        nets.rhythm.net.transpose(parameters, &mut scratch.rhythm.transposed);
        nets.chord.net.transpose(parameters, &mut scratch.chord.transposed);
    }
    let mut history = History::new(heard.as_ref().unwrap_or(song).clone());
    let (mut nats, mut plans) = (Nats::default(), Vec::new());
    for measure in 0..nets.plan.measures() {
        history.advance(measure * steps);
        let right = Plan::of_song(song, measure, plans.last().copied());
        nats.plan += plan::loss(
            nets,
            parameters,
            &history,
            guide,
            &plans,
            &right,
            learning.as_deref_mut(),
            &mut scratch.plan,
        );
        let plan = right[0];
        plans.push(plan);
        history.planned = plan.variation();
        if !matches!(plan, Plan::Return(_)) {
            let new = new_measure(
                nets,
                parameters,
                &mut history,
                (song, guide),
                measure,
                learning.as_deref_mut(),
                scratch,
            );
            nats.rhythm += new.rhythm;
            nats.chord += new.chord;
        }
    }
    nats
}

/// Returns the likelihood of a measure that is played note by note, and adds its gradient if one is wanted.
fn new_measure(
    nets: &Nets,
    parameters: &[f32],
    history: &mut History,
    (song, guide): (&Song, Option<&Guide>),
    measure: usize,
    mut learning: Option<&mut Learning<'_>>,
    scratch: &mut Scratch,
) -> Nats {
    let steps = nets.size.steps();
    let mut nats = Nats::default();
    scratch.rhythm.start(nets, parameters, history, guide, measure);
    scratch.chord.start(nets, parameters, history, guide, measure);
    for time in measure * steps..(measure + 1) * steps {
        history.advance(time);
        let chord = song.at(time);
        nats.rhythm += scratch.rhythm.loss(
            nets,
            parameters,
            history,
            time,
            chord != 0,
            learning.as_deref_mut(),
        );
        if chord != 0 {
            nats.chord += scratch.chord.loss(
                nets,
                parameters,
                history,
                guide,
                (time, chord),
                learning.as_deref_mut(),
            );
        }
    }
    if let Some(learning) = learning {
        scratch.rhythm.finish(nets, learning);
        scratch.chord.finish(nets, learning);
    }
    nats
}

/// Returns `ln(1 + e^x)`.
fn softplus(x: f32) -> f64 {
    let x = f64::from(x);
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

impl Scratch {
    /// Chooses the plan of the next measure.
    pub(crate) fn plan_of(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        plans: &[Plan],
        choose: impl FnOnce(&[f32]) -> usize,
    ) -> Plan {
        let logs =
            self.plan.log_probabilities(&decoder.nets, &decoder.parameters, history, guide, plans);
        Plan::of_candidate(choose(&logs), plans.len())
    }

    /// Prepares a new measure.
    pub(crate) fn start(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        measure: usize,
    ) {
        let Decoder { nets, parameters } = decoder;
        self.rhythm.start(nets, parameters, history, guide, measure);
        self.chord.start(nets, parameters, history, guide, measure);
    }

    /// Returns the logit of a strike at a time.
    pub(crate) fn rhythm_logit(
        &mut self,
        decoder: &Decoder,
        history: &History,
        time: usize,
    ) -> f32 {
        self.rhythm.logit(&decoder.nets, &decoder.parameters, history, time)
    }

    /// Draws the chord at a time: `choose` picks the lowest pitch by log-probabilities, `decide` each higher one by its
    /// logit.
    pub(crate) fn draw_chord(
        &mut self,
        decoder: &Decoder,
        history: &History,
        guide: Option<&Guide>,
        time: usize,
        choose: impl FnOnce(&[f32]) -> usize,
        decide: impl Fn(usize, f32) -> bool,
    ) -> Pitches {
        let Decoder { nets, parameters } = decoder;
        let lowest = choose(&self.chord.lowest(nets, parameters, history, guide, time));
        let (mut chord, mut chosen, mut last) = (0, 0, Some(lowest));
        while let Some(note) = last {
            chord |= 1 << note;
            chosen += 1;
            self.chord.choose(nets, parameters, note, lowest, chosen);
            let mut logits = self.chord.higher(nets, parameters, note + 1).enumerate();
            last = logits
                .find(|&(above, logit)| decide(note + 1 + above, logit))
                .map(|(above, _)| note + 1 + above);
        }
        chord
    }
}
