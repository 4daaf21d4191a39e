use super::*;
use crate::testing::size;

const GEOMETRY: RollSize = size(8, 4, 3);

const PHRASING: Phrasing = Phrasing {
    temperature: 1.0,
    phrase: 2,
    phrase_return: 0.4,
    measure_return: 0.3,
    exactness: 0.0,
    groove: 0.5,
    chords: 0.0,
};

fn song(step: [f32; 3], index: u64, phrasing: Phrasing) -> Vec<u32> {
    let probabilities = step.repeat(GEOMETRY.measures() * GEOMETRY.steps());
    sample_phrases(&probabilities, 1, index, GEOMETRY, &phrasing)
}

/// Cells of each measure.
fn measures(song: &[u32]) -> Vec<Vec<u32>> {
    let of = |measure: u32| song.iter().filter(move |&&cell| cell / 12 == measure);
    (0..8).map(|measure| of(measure).map(|cell| cell % 12).collect()).collect()
}

#[test]
fn single_notes_and_chords_keep_the_probability_of_each_cell() {
    for (step, chords) in [([0.1, 0.2, 0.5], 0.0), ([0.9, 0.6, 0.3], 0.0), ([0.3, 0.2, 0.2], 1.0)] {
        let mut counts = [0; 3];
        for index in 0..2_000 {
            let song = song(step, index, Phrasing { chords, ..PHRASING });
            song.into_iter().for_each(|cell| counts[cell as usize % 3] += 1);
        }
        for (count, probability) in counts.into_iter().zip(step) {
            let found = f64::from(count) / (2_000.0 * 32.0);
            assert!(
                (found - f64::from(probability)).abs() < 0.05,
                "{step:?}: {probability}: {found}"
            );
        }
    }
}

#[test]
fn step_that_expects_one_note_gets_one() {
    for index in 0..50 {
        let song = song([0.2, 0.3, 0.5 + 1e-6], index, PHRASING);
        let mut steps: Vec<u32> = song.iter().map(|cell| cell / 3).collect();
        assert_eq!(steps.len(), 32);
        steps.dedup();
        assert_eq!(steps.len(), 32, "one at each step");
    }
}

#[test]
fn pairs_keep_the_number_of_notes() {
    let paired = Phrasing { chords: 1.0, ..PHRASING };
    let (mut alone, mut together) = (0, 0);
    for index in 0..2_000 {
        alone += song([0.2, 0.3, 0.25], index, PHRASING).len();
        let song = song([0.2, 0.3, 0.25], index, paired);
        together += song.len();
        assert!(song.chunk_by(|a, b| a / 3 == b / 3).all(|chord| chord.len() == 2));
    }
    let ratio = together as f64 / alone as f64;
    assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
}

#[test]
fn exactness_1_makes_measures_of_one_material_equal() {
    let certain = Phrasing { phrase_return: 1.0, exactness: 1.0, ..PHRASING };
    // Measures of two kinds; all measures of a material are sampled from their mean.
    let kinds =
        [[0.9, 0.1, 0.3], [0.2, 0.6, 0.1]].map(|step: [f32; 3]| step.repeat(GEOMETRY.steps()));
    let probabilities = [kinds[0].repeat(4), kinds[1].repeat(4)].concat();
    let play = |phrasing| measures(&sample_phrases(&probabilities, 1, 5, GEOMETRY, &phrasing));
    let exact = play(certain);
    assert!((2..8).all(|at| exact[at] == exact[at - 2]), "{exact:?}");
    let free = play(Phrasing { exactness: 0.0, ..certain });
    assert!((2..8).any(|at| free[at] != free[at - 2]), "{free:?}");
}

#[test]
fn groove_1_gives_all_measures_the_same_rhythm() {
    let new = Phrasing { phrase_return: 0.0, measure_return: 0.0, ..PHRASING };
    let rhythms = |groove, index| -> Vec<Vec<u32>> {
        let song = song([0.1, 0.2, 0.2], index, Phrasing { groove, ..new });
        measures(&song).iter().map(|cells| cells.iter().map(|cell| cell / 3).collect()).collect()
    };
    for index in 0..20 {
        let steady = rhythms(1.0, index);
        assert!(steady.iter().all(|rhythm| *rhythm == steady[0]), "{steady:?}");
        let free = rhythms(0.0, index);
        assert!(free.iter().any(|rhythm| *rhythm != free[0]), "{free:?}");
    }
}

#[test]
fn song_depends_on_seed_and_index() {
    let step = [0.1, 0.2, 0.5];
    assert_eq!(song(step, 3, PHRASING), song(step, 3, PHRASING));
    assert_ne!(song(step, 3, PHRASING), song(step, 4, PHRASING));
}

#[test]
fn probability_0_is_never_an_onset_and_1_always() {
    let cold = Phrasing { temperature: 0.0, ..PHRASING };
    let paired = Phrasing { chords: 1.0, ..PHRASING };
    for phrasing in [PHRASING, cold, paired] {
        let all = song([0.0, 1.0, 0.0], 7, phrasing);
        assert_eq!(all, (0..32).map(|step| 3 * step + 1).collect::<Vec<_>>());
        assert!(song([0.0; 3], 7, phrasing).is_empty());
    }
}
