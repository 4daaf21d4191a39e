use super::{decoder, example};
use crate::Decoder;
use crate::decisions::Decisions;
use crate::learning::{Learning, SURE};
use crate::loss::song_loss;
use partita_numerics::rng::{Purpose, stream};

#[test]
fn gradient_equals_differences_of_the_likelihood() {
    for coded in [true, false] {
        let (decoder, mut example) = (decoder(), example(1));
        if !coded {
            example.guide = None;
        }
        let mut decisions = Decisions::default();
        let mut gradients = vec![0.0; decoder.parameters.len()];
        let random = stream(0, Purpose::DecoderCandidates, 0);
        let mut learning = Learning { gradients: &mut gradients, scale: 1.0, sure: 0.0, random };
        song_loss(&decoder, (&example).into(), Some(&mut learning), &mut decisions);
        let mut loss = |parameter: usize, change: f32| {
            let mut parameters = decoder.parameters.clone();
            parameters[parameter] += change;
            let decoder = Decoder { parameters, ..decoder.clone() };
            song_loss(&decoder, (&example).into(), None, &mut decisions).total()
        };
        // The largest gradients of each tensor: differences of single precision show these exactly enough.
        for (name, net) in [
            ("plan", decoder.nets.plan.net),
            ("rhythm", decoder.nets.rhythm.net),
            ("chord", decoder.nets.chord.net),
        ] {
            for (part, range, _) in net.tensors() {
                let mut places: Vec<usize> = range.collect();
                places.sort_by(|&one, &other| {
                    gradients[other].abs().total_cmp(&gradients[one].abs())
                });
                for &place in places.iter().take(4) {
                    let change = 2e-3;
                    let expected =
                        (loss(place, change) - loss(place, -change)) / (2.0 * f64::from(change));
                    let found = f64::from(gradients[place]);
                    let tolerance = 0.03 * expected.abs().max(0.05);
                    assert!(
                        (found - expected).abs() < tolerance,
                        "{name}.{part}: {found} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn skipped_candidates_leave_the_expected_derivative() {
    let random = stream(3, Purpose::DecoderCandidates, 0);
    let mut learning = Learning { gradients: &mut [], scale: 2.0, sure: SURE, random };
    for derivative in [0.001, -0.02, 0.09, -0.7] {
        let kept: f32 = (0..100_000).filter_map(|_| learning.choose(derivative)).sum();
        let mean = kept / 100_000.0;
        assert!(
            (mean - 2.0 * derivative).abs() < 0.05 * derivative.abs() + 2e-4,
            "{derivative}: {mean}"
        );
    }
}
