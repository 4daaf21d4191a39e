//! The networks in plain double precision over dense features, beside the kernels.

use super::{decoder, example, guide, song};
use crate::chord::{Chosen, HIGHER, LOWEST};
use crate::decisions::{ChordChoices, Decisions};
use crate::history::History;
use crate::net::{INNER, Net, WIDTH};
use crate::terms::Terms;
use crate::{Decoder, Song, Without};

/// Returns the logit of a head for a candidate with these factors of rows.
fn logit(decoder: &Decoder, net: Net, features: &[f64], head: usize) -> f64 {
    let parameters: Vec<f64> = decoder.parameters.iter().copied().map(f64::from).collect();
    let relu = |x: f64| x.max(0.0);
    let first = &parameters[net.first()];
    let hidden = |unit: usize| {
        features
            .iter()
            .enumerate()
            .map(|(row, factor)| factor * first[row * WIDTH + unit])
            .sum::<f64>()
    };
    let hidden: Vec<f64> = (0..WIDTH).map(|unit| relu(hidden(unit))).collect();
    let (second, bias) = (&parameters[net.second()], &parameters[net.second_bias()]);
    let inner = |unit: usize| {
        let sum: f64 = hidden
            .iter()
            .enumerate()
            .map(|(from, value)| value * second[from * INNER + unit])
            .sum();
        relu(sum + bias[unit])
    };
    let weights = &parameters[net.heads()][head * INNER..][..INNER];
    let sum: f64 = weights.iter().enumerate().map(|(unit, weight)| weight * inner(unit)).sum();
    sum + parameters[net.head_biases()][head]
}

fn with_parts(mut terms: Terms, part: Terms) -> Terms {
    terms.append(part);
    terms
}

#[test]
fn probabilities_equal_those_of_dense_features_in_double_precision() {
    let (decoder, example) = (decoder(), example(2));
    let (nets, guide) = (decoder.nets, example.guide.as_ref());
    let (steps, pitches) = (nets.size.steps(), nets.size.pitches());
    let mut decisions = Decisions::default();
    let mut history = History::new(example.song.clone(), Without::Nothing);
    for measure in [0, 1, 3] {
        history.advance(measure * steps);
        decisions.start_measure(&decoder, &history, guide, measure);
        let mut of_measure = [Terms::default(), Terms::default()];
        nets.rhythm.measure(&history, guide, measure, &mut of_measure[0]);
        nets.chord.measure(&history, guide, measure, &mut of_measure[1]);
        for time in measure * steps..(measure + 1) * steps {
            history.advance(time);
            let mut terms = Terms::default();
            nets.rhythm.step(&history, time, &mut terms);
            let terms = with_parts(of_measure[0].clone(), terms);
            let rows = nets.rhythm.net.first().len() / WIDTH;
            let expected = logit(&decoder, nets.rhythm.net, &terms.dense(time % steps, rows), 0);
            let found = f64::from(decisions.rhythm.logit(&decoder, &history, time));
            assert!((found - expected).abs() < 1e-3, "time {time}: {found} {expected}");
            chord(&decoder, &mut decisions, &history, guide, time, of_measure[1].clone(), pitches);
        }
    }
}

impl<L: FnMut(&[f32]) -> usize, H: FnMut(usize, f32) -> bool> ChordChoices for (L, H) {
    fn lowest(&mut self, logs: &[f32]) -> usize {
        self.0(logs)
    }

    fn higher(&mut self, pitch: usize, logit: f32) -> bool {
        self.1(pitch, logit)
    }
}

fn chord(
    decoder: &Decoder,
    decisions: &mut Decisions,
    history: &History,
    guide: Option<&crate::Guide>,
    time: usize,
    mut terms: Terms,
    pitches: usize,
) {
    let net = decoder.nets.chord.net;
    let rows = net.first().len() / WIDTH;
    decoder.nets.chord.chord(history, guide, time, &mut terms);
    let logits: Vec<f64> =
        (0..pitches).map(|pitch| logit(decoder, net, &terms.dense(pitch, rows), LOWEST)).collect();
    let log_sum = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
    // The lowest note is 5; 9 is struck too.
    decoder.nets.chord.above(history, Chosen { note: 5, lowest: 5, count: 1 }, &mut terms);
    let lower = terms.clone();
    decoder.nets.chord.above(history, Chosen { note: 9, lowest: 5, count: 2 }, &mut terms);
    let lowest = |logs: &[f32]| {
        for (found, logit) in logs.iter().zip(&logits) {
            assert!((f64::from(*found) - (logit - log_sum)).abs() < 1e-3, "time {time}");
        }
        5
    };
    let higher = |pitch: usize, found: f32| {
        let terms = if pitch > 9 { &terms } else { &lower };
        let expected = logit(decoder, net, &terms.dense(pitch, rows), HIGHER);
        assert!((f64::from(found) - expected).abs() < 1e-3, "{time}, {pitch}: {found} {expected}");
        pitch == 9
    };
    decisions.chord.draw(decoder, history, guide, time, &mut (lowest, higher));
}

#[test]
fn features_see_nothing_of_the_future() {
    let decoder = decoder();
    let (nets, guide) = (decoder.nets, guide(1));
    let (whole, steps) = (song(4), nets.size.steps());
    for time in 0..4 * steps {
        let before: Vec<u32> = whole
            .cells()
            .into_iter()
            .filter(|&cell| (cell as usize) < time * nets.size.pitches())
            .collect();
        let features = |song: Song| {
            let mut history = History::new(song, Without::Nothing);
            let (mut measure, mut rhythm, mut chord) =
                (Terms::default(), Terms::default(), Terms::default());
            history.advance(time / steps * steps);
            nets.chord.measure(&history, Some(&guide), time / steps, &mut measure);
            history.advance(time);
            nets.rhythm.step(&history, time, &mut rhythm);
            nets.chord.chord(&history, Some(&guide), time, &mut chord);
            [measure, rhythm, chord]
        };
        assert_eq!(features(whole.clone()), features(Song::new(nets.size, &before)), "time {time}");
    }
}
