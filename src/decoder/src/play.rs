//! Drawing songs.

use crate::calibration::{Calibration, Line};
use crate::decisions::Decisions;
use crate::decoder::Decoder;
use crate::guide::Guide;
use crate::history::History;
use crate::plan::Plan;
use crate::song::Song;
use partita_numerics::kernels::sigmoid;
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

impl Decoder {
    /// Draws a song, from its code or without one.
    pub fn play(&self, guide: Option<&Guide>, playing: Playing) -> Song {
        let size = self.nets.size;
        let steps = size.steps();
        let Calibration { plan: of_plans, rhythm, lowest: of_lowest, higher: of_higher } =
            self.calibration;
        let mut history = History::new(Song::silent(size));
        let mut decisions = Decisions::default();
        let (mut random, mut plans) = (RandomNumbers::new(playing), Vec::new());
        // A measure's numbers: of its plan, then of each step: whether it is struck, its lowest pitch, each higher one.
        let of_plan = Plan::candidates(size.measures());
        let of_step = 1 + 2 * size.pitches();
        for measure in 0..size.measures() {
            history.advance(measure * steps);
            random.next_measure(of_plan + steps * of_step);
            let logs = decisions.plan.log_probabilities(self, &history, guide, &plans);
            let plan = Plan::from_candidate(random.choose(0, &logs, of_plans), measure);
            plans.push(plan);
            history.planned = plan.variation();
            if let Plan::Return(back) = plan {
                history.song.copy_measure(measure - back, measure);
                continue;
            }
            decisions.start_measure(self, &history, guide, measure);
            for step in 0..steps {
                let (time, at) = (measure * steps + step, of_plan + step * of_step);
                history.advance(time);
                if random.decide(at, decisions.rhythm.logit(self, &history, time), rhythm) {
                    let lowest = |logs: &[f32]| random.choose(at + 1, logs, of_lowest);
                    let higher = |pitch: usize, logit: f32| {
                        random.decide(at + 1 + size.pitches() + pitch, logit, of_higher)
                    };
                    let chord = decisions.chord.draw(self, &history, guide, time, (lowest, higher));
                    history.song.set(time, chord);
                }
            }
        }
        history.song
    }
}
