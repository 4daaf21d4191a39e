//! Drawing songs.

use crate::calibration::{Calibration, Line};
use crate::decisions::{ChordChoices, Decisions};
use crate::decoder::Decoder;
use crate::guide::Guide;
use crate::history::History;
use crate::plan::Plan;
use crate::song::Song;
use crate::without::Without;
use partita_numerics::kernels::{add, sigmoid};
use partita_numerics::rng::{Purpose, stream_at, unit};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// How a song is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Playing {
    /// Seed of all songs.
    pub seed: u64,
    /// Number of the song.
    pub index: u64,
    /// Divides all logits, at least 0: below 1, probable decisions become more probable.
    pub temperature: f32,
}

/// The random numbers of a song: the same one for the same measure, step and pitch after any decisions, so that a small
/// change of the code changes little.
struct RandomNumbers {
    playing: Playing,
    numbers: ChaCha8Rng,
    /// One for each decision of a measure.
    measure: Vec<f64>,
}

impl RandomNumbers {
    fn new(playing: Playing) -> Self {
        let numbers = stream_at(playing.seed, Purpose::Playing, [playing.index, 0]);
        Self { playing, numbers, measure: Vec::new() }
    }

    /// Draws the numbers of the next measure.
    fn next_measure(&mut self, decisions: usize) {
        self.measure.clear();
        self.measure.extend((0..decisions).map(|_| unit(self.numbers.next_u32())));
    }

    /// Decides by a logit.
    fn decide(&self, at: usize, logit: f32, line: Line) -> bool {
        let logit = line.at(logit);
        let temperature = self.playing.temperature;
        if temperature <= 0.0 {
            logit > 0.0
        } else {
            self.measure[at] < f64::from(sigmoid(logit / temperature).0)
        }
    }

    /// Chooses one by log-probabilities: the largest after adding Gumbel noise (Gumbel 1954), whose numbers begin
    /// at `at`.
    fn choose(&self, at: usize, logs: &[f32], line: Line) -> usize {
        let temperature = f64::from(self.playing.temperature);
        let value = |index: usize| {
            let number = self.measure[at + index].max(1e-12);
            f64::from(line.at(logs[index])) - temperature * (-number.ln()).ln()
        };
        (0..logs.len()).max_by(|&one, &other| value(one).total_cmp(&value(other))).unwrap_or(0)
    }
}

/// A song that is drawn measure by measure: an iterator over the onset cells of each, ascending, numbered as in
/// [`Song::cells`].
pub struct Performance<'a> {
    decoder: &'a Decoder,
    guide: Option<&'a Guide>,
    decisions: Decisions,
    history: History,
    random: RandomNumbers,
    /// The plans of the measures drawn so far.
    plans: Vec<Plan>,
    /// Probability of each cell given the decisions before it, if they are recorded; 0 where nothing is struck.
    recorded: Option<Vec<f32>>,
}

/// The choices of a chord by random numbers.
struct Choices<'a> {
    random: &'a RandomNumbers,
    calibration: Calibration,
    /// Where the numbers of the lowest pitch begin, and those of each higher one.
    numbers: [usize; 2],
    /// Probability of each pitch given those below, if they are recorded.
    recorded: Option<&'a mut [f32]>,
}

impl ChordChoices for Choices<'_> {
    fn lowest(&mut self, logs: &[f32]) -> usize {
        let line = self.calibration.lowest;
        let chosen = self.random.choose(self.numbers[0], logs, line);
        if let Some(pitches) = &mut self.recorded {
            // The probability of each pitch given that none below it is struck.
            let shares: Vec<f64> = logs.iter().map(|&log| f64::from(line.at(log)).exp()).collect();
            let mut rest: f64 = shares.iter().sum();
            for (pitch, share) in pitches.iter_mut().zip(&shares).take(chosen + 1) {
                *pitch = (share / rest.max(*share)) as f32;
                rest -= share;
            }
        }
        chosen
    }

    fn higher(&mut self, pitch: usize, logit: f32) -> bool {
        let line = self.calibration.higher;
        if let Some(pitches) = &mut self.recorded {
            pitches[pitch] = sigmoid(line.at(logit)).0;
        }
        self.random.decide(self.numbers[1] + pitch, logit, line)
    }
}

impl Decoder {
    /// Draws a song, from its code or without one.
    pub fn play(&self, guide: Option<&Guide>, playing: Playing) -> Song {
        let mut performance = self.perform(guide, playing);
        while performance.draw_measure() {}
        performance.history.song
    }

    /// Draws the same song as [`Self::play`], each measure when it is asked for.
    pub fn perform<'a>(&'a self, guide: Option<&'a Guide>, playing: Playing) -> Performance<'a> {
        Performance {
            decoder: self,
            guide,
            decisions: Decisions::default(),
            history: History::new(Song::silent(self.nets.size), self.without),
            random: RandomNumbers::new(playing),
            plans: Vec::new(),
            recorded: None,
        }
    }

    /// Estimates the probability of each cell, `[measure, step, pitch]`: draws a song with each number, and averages the
    /// probabilities of its cells given the decisions before.
    pub fn probabilities(&self, guide: Option<&Guide>, playings: &[Playing]) -> Vec<f32> {
        let mut sums = vec![0.0; self.nets.size.cells()];
        for &playing in playings {
            let mut performance = self.perform(guide, playing);
            performance.recorded = Some(vec![0.0; sums.len()]);
            while performance.draw_measure() {}
            add(&mut sums, &performance.recorded.unwrap_or_default());
        }
        sums.iter_mut().for_each(|sum| *sum /= playings.len().max(1) as f32);
        sums
    }
}

impl Iterator for Performance<'_> {
    type Item = Vec<u32>;

    fn next(&mut self) -> Option<Vec<u32>> {
        self.draw_measure().then(|| self.history.song.measure_cells(self.plans.len() - 1))
    }
}

impl Performance<'_> {
    /// Draws the next measure. Returns whether there is one.
    fn draw_measure(&mut self) -> bool {
        let (size, measure) = (self.decoder.nets.size, self.plans.len());
        if measure == size.measures() {
            return false;
        }
        self.history.advance(measure * size.steps());
        // A measure's numbers: of its plan, then of each step: whether it is struck, its lowest pitch, each higher one.
        let of_plan = Plan::candidates(size.measures());
        self.random.next_measure(of_plan + size.steps() * (1 + 2 * size.pitches()));
        let Self { decoder, guide, decisions, history, random, plans, recorded } = self;
        let plan = if decoder.without == Without::Plan {
            Plan::New
        } else {
            let logs = decisions.plan.log_probabilities(decoder, history, *guide, plans);
            Plan::from_candidate(random.choose(0, &logs, decoder.calibration.plan), measure)
        };
        plans.push(plan);
        history.planned = plan.variation();
        match plan {
            Plan::Return(back) => {
                history.song.copy_measure(measure - back, measure);
                if let Some(recorded) = recorded {
                    let cells = history.song.measure_cells(measure);
                    cells.into_iter().for_each(|cell| recorded[cell as usize] = 1.0);
                }
            }
            Plan::New | Plan::Vary(_) => self.draw_notes(measure, of_plan),
        }
        true
    }

    /// Draws the notes of a measure. The random numbers of its steps begin at `numbers`.
    fn draw_notes(&mut self, measure: usize, numbers: usize) {
        let Self { decoder, guide, decisions, history, random, recorded, .. } = self;
        let calibration = decoder.calibration;
        let (steps, pitches) = (decoder.nets.size.steps(), decoder.nets.size.pitches());
        decisions.start_measure(decoder, history, *guide, measure);
        for step in 0..steps {
            let (time, at) = (measure * steps + step, numbers + step * (1 + 2 * pitches));
            history.advance(time);
            let logit = decisions.rhythm.logit(decoder, history, time);
            if random.decide(at, logit, calibration.rhythm) {
                let cells = time * pitches..(time + 1) * pitches;
                let recorded = recorded.as_mut().map(|recorded| &mut recorded[cells]);
                let numbers = [at + 1, at + 1 + pitches];
                let mut choices = Choices { random, calibration, numbers, recorded };
                let chord = decisions.chord.draw(decoder, history, *guide, time, &mut choices);
                history.song.set(time, chord);
            }
        }
    }
}
