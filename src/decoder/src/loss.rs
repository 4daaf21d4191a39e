//! The likelihood of a song, and its gradient.
//!
//! A song's probability is the product over measures of that of its plan, and in measures that are no exact return of
//! that of each step (struck or not) and each chord (its lowest pitch, then each higher pitch struck or not). No decision
//! depends on a hidden state, so the gradient of each is complete at once.

use crate::decisions::Decisions;
use crate::decoder::Decoder;
use crate::guide::Guide;
use crate::history::History;
use crate::learning::Learning;
use crate::plan::Plan;
use crate::play::Playing;
use crate::song::Song;
use crate::train::Example;
use crate::without::Without;
use rayon::prelude::*;
use std::iter::Sum;
use std::ops::AddAssign;

/// Negative log-likelihoods in nats.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nats {
    /// Of the plans of measures.
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

impl Sum for Nats {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let mut sum = Self::default();
        all.for_each(|nats| sum += nats);
        sum
    }
}

/// A song, its code, and the song that its features are computed from.
#[derive(Clone, Copy)]
pub(crate) struct Evaluated<'a> {
    pub(crate) song: &'a Song,
    pub(crate) guide: Option<&'a Guide>,
    pub(crate) heard: &'a Song,
}

impl<'a> From<&'a Example> for Evaluated<'a> {
    fn from(Example { song, guide, heard }: &'a Example) -> Self {
        Self { song, guide: guide.as_ref(), heard: heard.as_ref().unwrap_or(song) }
    }
}

impl Decoder {
    /// Returns the negative log-likelihood of each song.
    pub fn likelihoods(&self, examples: &[Example]) -> Vec<Nats> {
        let evaluate = |decisions: &mut Decisions, example: &Example| {
            song_loss(self, example.into(), None, decisions)
        };
        examples.par_iter().map_init(Decisions::default, evaluate).collect()
    }

    /// Draws songs `first..first + count` of a seed from the codes of examples, in turn. Returns each with its negative
    /// log-likelihood.
    ///
    /// # Panics
    /// Panics if there is no example and `count` is not 0.
    pub fn draw_measured(
        &self,
        examples: &[Example],
        seed: u64,
        first: u64,
        count: usize,
    ) -> Vec<(Nats, Song)> {
        let draw = |decisions: &mut Decisions, at: usize| {
            let guide = examples[at % examples.len()].guide.as_ref();
            let playing = Playing { seed, index: first + at as u64, temperature: 1.0 };
            let song = self.play(guide, playing);
            let evaluated = Evaluated { song: &song, guide, heard: &song };
            (song_loss(self, evaluated, None, decisions), song)
        };
        (0..count).into_par_iter().map_init(Decisions::default, draw).collect()
    }
}

/// Returns the likelihood of a song with the plans that follow from it. Adds its gradient if `learning` is given.
pub(crate) fn song_loss(
    decoder: &Decoder,
    Evaluated { song, guide, heard }: Evaluated<'_>,
    mut learning: Option<&mut Learning<'_>>,
    decisions: &mut Decisions,
) -> Nats {
    if learning.is_some() {
        decisions.prepare_learning(decoder);
    }
    let mut history = History::new(heard.clone(), decoder.without);
    let (mut nats, mut plans) = (Nats::default(), Vec::new());
    for measure in 0..song.size().measures() {
        history.advance(measure * song.size().steps());
        let plan = if decoder.without == Without::Plan {
            Plan::New
        } else {
            let right = Plan::from_song(song, measure, plans.last().copied());
            let of_plan = (plans.as_slice(), right.as_slice());
            nats.plan +=
                decisions.plan.loss(decoder, &history, guide, of_plan, learning.as_deref_mut());
            right[0]
        };
        plans.push(plan);
        history.planned = plan.variation();
        if !matches!(plan, Plan::Return(_)) {
            let learning = learning.as_deref_mut();
            nats += notes_loss(decoder, &mut history, (song, guide), measure, learning, decisions);
        }
    }
    nats
}

/// Returns the likelihood of a measure that is played note by note, and adds its gradient if `learning` is given.
fn notes_loss(
    decoder: &Decoder,
    history: &mut History,
    (song, guide): (&Song, Option<&Guide>),
    measure: usize,
    mut learning: Option<&mut Learning<'_>>,
    decisions: &mut Decisions,
) -> Nats {
    let steps = song.size().steps();
    let mut nats = Nats::default();
    decisions.start_measure(decoder, history, guide, measure);
    for time in measure * steps..(measure + 1) * steps {
        history.advance(time);
        let chord = song.at(time);
        let strike = (time, chord != 0);
        nats.rhythm += decisions.rhythm.loss(decoder, history, strike, learning.as_deref_mut());
        if chord != 0 {
            let notes = (time, chord);
            nats.chord +=
                decisions.chord.loss(decoder, history, guide, notes, learning.as_deref_mut());
        }
    }
    if let Some(learning) = learning {
        decisions.rhythm.finish_measure(decoder, learning);
        decisions.chord.finish_measure(decoder, learning);
    }
    nats
}
