//! What a composed corpus promises.

use std::collections::{BTreeMap, BTreeSet};

use super::form::{Plan, SectionKind};
use super::instruments::{Band, Part};
use super::rng::{Rng, RngStream};
use super::*;
use crate::midi::write;

const SEED: u64 = 1;
const SONGS: u32 = 120;

type Cells = BTreeSet<(u64, u8)>;

fn plan(index: u32) -> Plan {
    Plan::draw(&mut Rng::new(SEED, index, RngStream::Plan, u8::MAX))
}

/// Onset cells of `measures` from `start` on, without drums: (step from the start, pitch) on the 96
/// grid.
fn cells(piece: &Piece, start: u32, measures: u32) -> Cells {
    let measure = piece.signature.measure(piece.division);
    let (first, last) = (u64::from(start) * 96, u64::from(start + measures) * 96);
    let pitched = piece.tracks.iter().filter(|track| track.channel != Channel::DRUMS);
    let notes = pitched.flat_map(|track| &track.notes);
    let cell = |note: &super::super::midi::PlacedNote| {
        (measure.nearest(u64::from(note.onset), 96).0, note.pitch.get())
    };
    let inside = notes.map(cell).filter(|(step, _)| (first..last).contains(step));
    inside.map(|(step, pitch)| (step - first, pitch)).collect()
}

fn jaccard(a: &Cells, b: &Cells) -> f64 {
    a.intersection(b).count() as f64 / a.union(b).count().max(1) as f64
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.into_iter().collect();
    assert!(!values.is_empty());
    values.iter().sum::<f64>() / values.len() as f64
}

/// Semitones from each tone of a melody to the next.
fn melody(piece: &Piece) -> Vec<i32> {
    let lead = piece.tracks.iter().find(|track| track.name == Part::Lead.to_string());
    lead.map_or(Vec::new(), |track| {
        track.notes.iter().map(|note| i32::from(note.pitch.get())).collect()
    })
}

#[test]
fn songs_depend_only_on_seed_and_index() {
    let forward: Vec<_> = (0..8).map(|index| write(&compose(SEED, index))).collect();
    let backward: Vec<_> = (0..8).rev().map(|index| write(&compose(SEED, index))).collect();
    assert!(forward.iter().eq(backward.iter().rev()));
    assert_eq!(forward.iter().collect::<BTreeSet<_>>().len(), 8, "each index is another song");
    assert_ne!(forward[3], write(&compose(SEED + 1, 3)));
}

/// If this fails, every composed corpus has changed: say so by the stage's implementation version.
#[test]
fn songs_are_bit_equal_on_every_machine_and_in_every_release() {
    let fnv = |bytes: &[u8]| {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let songs: Vec<u8> = (0..32).flat_map(|index| write(&compose(SEED, index))).collect();
    assert_eq!(fnv(&songs), PINNED, "{:#018x}", fnv(&songs));
}

const PINNED: u64 = 0x6b94_816c_7b38_90b7;

#[test]
fn notes_are_in_the_range_of_their_instrument() {
    for index in 0..SONGS {
        let band =
            Band::draw(&mut Rng::new(SEED, index, RngStream::Band, u8::MAX), plan(index).mood);
        let piece = compose(SEED, index);
        for part in Part::ALL {
            let instrument = band.instrument(part);
            let tracks = piece.tracks.iter().filter(|track| track.name == part.to_string());
            for note in tracks.flat_map(|track| &track.notes) {
                let pitch = i32::from(note.pitch.get());
                assert!(
                    (instrument.low..=instrument.high).contains(&pitch),
                    "{part:?} {pitch} {instrument:?}"
                );
            }
        }
    }
}

#[test]
fn songs_have_two_to_four_samples_without_a_silent_measure() {
    for index in 0..SONGS {
        let (piece, plan) = (compose(SEED, index), plan(index));
        let measures: u32 = plan.form.iter().map(|section| section.measures).sum();
        assert!((32..=64).contains(&measures));
        assert_eq!(piece.markers.len(), plan.form.len());
        for measure in 0..measures {
            let heard = cells(&piece, measure, 1);
            assert!(!heard.is_empty(), "song {index}, measure {measure}");
        }
        assert!(cells(&piece, measures, 99).is_empty(), "nothing begins after the end");
    }
}

#[test]
fn sections_repeat_most_of_their_material_and_choruses_differ_from_verses() {
    let (mut same, mut different) = (Vec::new(), Vec::new());
    for index in 0..SONGS {
        let (piece, form) = (compose(SEED, index), plan(index).form);
        let notes = |kind| {
            let sections = form.iter().filter(move |section| section.kind == kind);
            sections.map(|s| cells(&piece, s.start, s.measures)).collect::<Vec<_>>()
        };
        let (verses, choruses) = (notes(SectionKind::Verse), notes(SectionKind::Chorus));
        for sections in [&verses, &choruses] {
            same.extend(sections.windows(2).map(|pair| jaccard(&pair[0], &pair[1])));
        }
        different.push(jaccard(&verses[0], &choruses[0]));
    }
    let least = same.iter().copied().fold(1.0, f64::min);
    let (same, different) = (mean(same), mean(different));
    // The least like are sparse verses that a second voice joins.
    assert!(same > 0.85 && least > 0.4, "mean {same}, least {least}");
    assert!(different < 0.2, "{different}");
}

#[test]
fn melodies_stay_in_the_scale_and_move_mostly_by_step() {
    let (mut inside, mut tones, mut steps, mut moves) = (0, 0, 0, 0);
    for index in 0..SONGS {
        let (tune, key) = (melody(&compose(SEED, index)), plan(index).key);
        let degrees = key.mode.degrees();
        let held =
            |pitch: &&i32| degrees.contains(&(**pitch - i32::from(key.tonic)).rem_euclid(12));
        inside += tune.iter().filter(held).count();
        tones += tune.len();
        steps += tune.windows(2).filter(|pair| (pair[0] - pair[1]).abs() <= 2).count();
        moves += tune.len() - 1;
    }
    // Bridges in other keys and raised leading tones are what lies outside.
    assert!(inside * 100 > tones * 92, "{inside} of {tones}");
    assert!(steps * 100 > moves * 60, "{steps} of {moves}");
}

#[test]
fn a_corpus_is_varied() {
    let songs: Vec<Piece> = (0..SONGS).map(|index| compose(SEED, index)).collect();
    let plans: Vec<Plan> = (0..SONGS).map(plan).collect();
    let count = |names: Vec<String>| {
        let mut counts = BTreeMap::new();
        for name in names {
            *counts.entry(name).or_insert(0u32) += 1;
        }
        counts
    };
    let keys = count(plans.iter().map(|plan| plan.key.name()).collect());
    let meters = count(songs.iter().map(|song| song.signature.to_string()).collect());
    let moods = count(plans.iter().map(|plan| plan.mood.to_string()).collect());
    assert!(keys.len() > 30 && keys.values().all(|&n| n <= SONGS / 10), "{keys:?}");
    assert!(meters.len() == 3 && meters["4/4"] > SONGS / 2, "{meters:?}");
    assert_eq!(moods.len(), 8, "{moods:?}");

    let samples: Vec<Cells> = songs.iter().map(|song| cells(song, 0, 16)).collect();
    let openings: BTreeSet<Cells> = songs.iter().map(|song| cells(song, 0, 1)).collect();
    // One measure is little: a held chord may recur by chance.
    assert!(openings.len() * 100 >= songs.len() * 99, "{} openings", openings.len());
    let pairs = samples.windows(2).map(|pair| jaccard(&pair[0], &pair[1]));
    let alike = mean(pairs);
    assert!(alike < 0.05, "{alike}");
    let mut onsets: Vec<usize> = samples.iter().map(Cells::len).collect();
    onsets.sort_unstable();
    let median = onsets[onsets.len() / 2];
    assert!((250..=420).contains(&median), "{median}");
}
