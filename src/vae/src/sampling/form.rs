//! The form of a song: which measures are alike.

use super::phrasing::Phrasing;
use crate::rng::{below, draw_bool};
use rand_chacha::ChaCha8Rng;

/// Samples the measures of each *material*, numbered by first appearance; measures of one material are alike. A
/// phrase repeats an earlier one, or has its own measures, each of which repeats an earlier one of that phrase
/// or is new.
pub(super) fn sample_form(
    random: &mut ChaCha8Rng,
    measures: usize,
    phrasing: &Phrasing,
) -> impl Iterator<Item = (u64, Vec<usize>)> + use<> {
    let (mut form, mut members) = (Vec::with_capacity(measures), Vec::<Vec<usize>>::new());
    let phrase = phrasing.phrase.max(1);
    for start in (0..measures).step_by(phrase) {
        let length = phrase.min(measures - start);
        let earlier = start / phrase;
        if earlier > 0 && draw_bool(random, phrasing.phrase_return) {
            let again = below(random, earlier as u64) as usize * phrase;
            form.extend_from_within(again..again + length);
        } else {
            for position in 0..length {
                let again = position > 0 && draw_bool(random, phrasing.measure_return);
                let new = form.iter().max().map_or(0, |last| last + 1);
                let earlier = again.then(|| start + below(random, position as u64) as usize);
                form.push(earlier.map_or(new, |measure| form[measure]));
            }
        }
    }
    for (measure, material) in form.into_iter().enumerate() {
        members.resize_with(members.len().max(material + 1), Vec::new);
        members[material].push(measure);
    }
    (0..).zip(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    fn forms(phrase_return: f32, measure_return: f32) -> Vec<Vec<Vec<usize>>> {
        let phrasing = Phrasing {
            temperature: 1.0,
            phrase: 4,
            phrase_return,
            measure_return,
            exactness: 1.0,
            groove: 0.0,
            chords: 0.0,
        };
        let form = |song| sample_form(&mut stream(1, Purpose::Form, song), 16, &phrasing);
        (0..500).map(|song| form(song).map(|(_, measures)| measures).collect()).collect()
    }

    #[test]
    fn each_measure_has_one_material() {
        for form in forms(0.4, 0.3) {
            let mut measures = form.concat();
            measures.sort_unstable();
            assert_eq!(measures, (0..16).collect::<Vec<_>>());
        }
    }

    #[test]
    fn return_probability_0_makes_all_measures_new_and_1_makes_all_the_first() {
        let new: Vec<_> = (0..16).map(|measure| vec![measure]).collect();
        assert!(forms(0.0, 0.0).into_iter().all(|form| form == new));
        assert!(forms(1.0, 1.0).into_iter().all(|form| form == [(0..16).collect::<Vec<_>>()]));
        let phrases: Vec<_> =
            (0..4).map(|first| vec![first, first + 4, first + 8, first + 12]).collect();
        assert!(forms(1.0, 0.0).into_iter().all(|form| form == phrases));
    }

    #[test]
    fn phrase_returns_as_a_whole_with_its_probability() {
        let forms = forms(0.4, 0.0);
        let mut returns = 0;
        for form in &forms {
            let first = |measure| form.iter().find(|of| of.contains(&measure)).map(|of| of[0]);
            for phrase in 1..4 {
                let firsts: Vec<_> = (0..4).map(|at| first(4 * phrase + at)).collect();
                let whole = firsts.windows(2).all(|pair| pair[1] == pair[0].map(|at| at + 1));
                assert!(whole, "{form:?}");
                returns += usize::from(firsts[0] != Some(4 * phrase));
            }
        }
        let rate = returns as f64 / (3 * forms.len()) as f64;
        assert!((rate - 0.4).abs() < 0.04, "{rate}");
    }
}
