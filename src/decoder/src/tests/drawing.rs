use super::{decoder, example, guide, size, song};
use crate::decisions::Decisions;
use crate::history::History;
use crate::{Decoder, Playing, Song, Without};
use partita_numerics::kernels::sigmoid;

const PLAYING: Playing = Playing { seed: 1, index: 0, temperature: 1.0 };

#[test]
fn first_decision_is_drawn_with_its_probability() {
    let (decoder, guide) = (decoder(), guide(1));
    let mut decisions = Decisions::default();
    let history = History::new(Song::silent(size()), Without::Nothing);
    decisions.start_measure(&decoder, &history, Some(&guide), 0);
    let expected = f64::from(sigmoid(decisions.rhythm.logit(&decoder, &history, 0)).0);
    let songs = (0..2000).map(|index| decoder.play(Some(&guide), Playing { index, ..PLAYING }));
    let struck = songs.filter(|song| song.at(0) != 0).count() as f64 / 2000.0;
    assert!((struck - expected).abs() < 0.04, "{struck} {expected}");
}

#[test]
fn song_depends_only_on_its_seed_and_index() {
    let (decoder, guide) = (decoder(), guide(1));
    let first = decoder.play(Some(&guide), PLAYING);
    assert_eq!(first, decoder.play(Some(&guide), PLAYING));
    assert_ne!(first, decoder.play(Some(&guide), Playing { index: 1, ..PLAYING }));
    assert_ne!(first, decoder.play(Some(&guide), Playing { seed: 2, ..PLAYING }));
}

#[test]
fn temperature_0_makes_the_likeliest_decisions_with_any_seed() {
    let (decoder, guide) = (decoder(), guide(1));
    let cold = |seed| decoder.play(Some(&guide), Playing { seed, temperature: 0.0, ..PLAYING });
    assert_eq!(cold(1), cold(2));
}

#[test]
fn plans_are_drawn_with_their_probability() {
    let mut decoder = decoder();
    let net = decoder.nets.plan.net;
    decoder.parameters[net.heads()].fill(0.0);
    decoder.parameters[net.head_biases()].fill(0.0);
    // All plans are equally likely: some measures return, and those equal an earlier one exactly.
    let songs: Vec<Song> =
        (0..50).map(|index| decoder.play(None, Playing { index, ..PLAYING })).collect();
    let returns = |song: &Song| {
        (1..4).filter(|&m| (0..m).any(|n| song.measure(n) == song.measure(m))).count()
    };
    let mean = songs.iter().map(returns).sum::<usize>() as f64 / 50.0;
    // 1/4 + 2/7 + 3/10 of the measures.
    assert!((mean - 0.836).abs() < 0.3, "{mean}");
}

#[test]
fn loaded_decoder_plays_the_same_songs() {
    let decoder = decoder();
    let folder = std::env::temp_dir().join(format!("partita-decoder-{}", std::process::id()));
    decoder.save(&folder).unwrap();
    let bytes = std::fs::read(&folder).unwrap();
    std::fs::remove_file(&folder).unwrap();
    let loaded = Decoder::load(&bytes).unwrap();
    assert_eq!(loaded.parameters, decoder.parameters);
    assert_eq!(loaded.play(None, PLAYING), decoder.play(None, PLAYING));
    assert!(Decoder::load(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn measures_of_a_performance_are_those_of_the_song() {
    let (decoder, guide) = (decoder(), guide(1));
    let measures: Vec<Vec<u32>> = decoder.perform(Some(&guide), PLAYING).collect();
    assert_eq!(measures.len(), size().measures());
    assert_eq!(measures.concat(), decoder.play(Some(&guide), PLAYING).cells());
    assert!(measures.iter().any(|cells| !cells.is_empty()));
}

#[test]
fn probabilities_are_those_with_which_cells_are_drawn() {
    let (decoder, guide) = (decoder(), guide(1));
    let playings: Vec<Playing> = (0..600).map(|index| Playing { index, ..PLAYING }).collect();
    let found = decoder.probabilities(Some(&guide), &playings);
    let mut counts = vec![0.0; size().cells()];
    for &playing in &playings {
        for cell in decoder.play(Some(&guide), playing).cells() {
            counts[cell as usize] += 1.0 / playings.len() as f32;
        }
    }
    let [expected, drawn] = [&found, &counts].map(|values| values.iter().sum::<f32>());
    assert!(drawn > 10.0 && (expected / drawn - 1.0).abs() < 0.03, "{expected} {drawn}");
    for (cell, (found, count)) in found.iter().zip(&counts).enumerate() {
        // Four standard errors.
        let margin = 4.0 * (count.max(0.002) / 600.0).sqrt() + 0.01;
        assert!((found - count).abs() < margin, "{cell}: {found} {count}");
    }
}

#[test]
fn decoder_without_plans_plays_no_exact_return_by_decision() {
    let mut decoder = decoder();
    let net = decoder.nets.plan.net;
    decoder.parameters[net.heads()].fill(0.0);
    let unplanned = decoder.clone().without(Without::Plan);
    let returns = |decoder: &Decoder| {
        let songs = (0..50).map(|index| decoder.play(None, Playing { index, ..PLAYING }));
        songs.filter(|song| song.measure(1) == song.measure(0)).count()
    };
    assert!(returns(&decoder) > 5 && returns(&unplanned) == 0);
    let example = example(0);
    let nats = unplanned.likelihoods(std::slice::from_ref(&example))[0];
    assert!(nats.plan == 0.0 && nats.total() > 0.0);
}

#[test]
fn what_a_decoder_does_without_is_saved_with_it() {
    let whole = decoder();
    let path = std::env::temp_dir().join(format!("partita-without-{}", std::process::id()));
    for without in [Without::Plan, Without::Lags, Without::Habits] {
        let decoder = whole.clone().without(without);
        decoder.save(&path).unwrap();
        let loaded = Decoder::load(&std::fs::read(&path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        let song = decoder.play(None, PLAYING);
        assert_eq!(loaded.play(None, PLAYING), song);
        assert_ne!(whole.play(None, PLAYING), song, "{without:?}");
    }
}

#[test]
fn song_keeps_its_cells() {
    let cells = song(3).cells();
    assert!(cells.is_sorted() && !cells.is_empty());
    assert_eq!(Song::new(size(), &cells).cells(), cells);
}
