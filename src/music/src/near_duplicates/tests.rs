//! What groups promise, on songs played note by note.

use super::{
    MIN_SHARED, PreviousGroups, SKETCH, THRESHOLD, groups, is_near_duplicate, regroup, similarity,
    sketch,
};
use crate::compose::compose;
use crate::meter::TimeSignature;
use crate::midi::{read, write};
use crate::note::{Channel, Division, Note, Pitch, Tick};
use crate::score::Score;

/// A composed song.
fn song(index: u32) -> Score {
    read(&write(&compose(7, index))).score.unwrap()
}

/// The song with each note changed.
fn each(mut score: Score, change: impl Fn(&mut Note)) -> Score {
    score.notes.iter_mut().for_each(change);
    score
}

/// Notes (tick, pitch) of one channel, at 480 ticks per quarter.
fn line(notes: impl IntoIterator<Item = (u64, u8)>) -> Score {
    Score {
        notes: notes.into_iter().map(|(onset, pitch)| Note::test(onset, pitch)).collect(),
        ..Score::empty(Division::new(480).unwrap())
    }
}

#[test]
fn key_division_start_and_meter_do_not_change_a_sketch() {
    let plain = sketch(&song(0));
    assert!(plain.len() > 50 && plain.is_sorted_by(|a, b| a < b));
    let higher = each(song(0), |note| note.pitch = Pitch::clamped(note.pitch.get() + 3));
    assert_eq!(sketch(&higher), plain);
    let mut finer = each(song(0), |note| note.onset = Tick(2 * note.onset.0));
    finer.division = Division::new(2 * finer.division.get()).unwrap();
    assert_eq!(sketch(&finer), plain);
    let quarter = u64::from(song(0).division.get());
    let mut later = each(song(0), |note| note.onset = Tick(note.onset.0 + quarter));
    later.signatures = vec![(Tick(0), TimeSignature::new(3, 4).unwrap())];
    assert_eq!(sketch(&later), plain);
}

#[test]
fn versions_with_another_voice_and_half_the_length_are_near_duplicates() {
    let mut version = song(0);
    let half = version.notes[version.notes.len() / 2].onset;
    version.notes.retain(|note| note.onset < half);
    let added: Vec<Note> =
        version.notes.iter().map(|note| Note { channel: Channel::clamped(13), ..*note }).collect();
    version.notes.extend(added);
    version.notes.sort();
    let (one, other) = (sketch(&song(0)), sketch(&version));
    assert!(is_near_duplicate(&one, &other, THRESHOLD), "{:?}", similarity(&one, &other));
}

#[test]
fn different_songs_are_no_near_duplicates() {
    let sketches: Vec<_> = (0..60).map(|index| sketch(&song(index))).collect();
    assert_eq!(groups(&sketches, THRESHOLD, &[]), (0..60).collect::<Vec<_>>());
}

#[test]
fn scales_trills_and_repeated_notes_are_no_figures() {
    let scale = line((0..60).map(|i| (i * 120, 30 + i as u8)));
    let trill = line((0..60).map(|i| (i * 120, 60 + (i % 2) as u8)));
    let repeated = line((0..60).map(|i| (i * 240, 60)));
    let slow = line((0..60).map(|i| (i * 1920 * 4, 40 + (i * i % 37) as u8)));
    let drums = each(song(0), |note| note.drum = true);
    for score in [scale, trill, repeated, slow, drums, line([])] {
        assert!(sketch(&score).is_empty());
    }
}

#[test]
fn songs_without_figures_stay_alone() {
    assert_eq!(groups(&[vec![], vec![], vec![]], THRESHOLD, &[]), [0, 1, 2]);
    assert_eq!(groups(&[vec![], vec![], vec![]], THRESHOLD, &[(2, 1)]), [0, 1, 1]);
    assert_eq!(similarity(&[], &[]), (0, 0.0));
}

#[test]
fn similarity_is_exact_for_whole_sketches_and_an_estimate_beyond() {
    let numbers = |from: u32, to: u32| (from..to).collect::<Vec<u32>>();
    assert_eq!(similarity(&numbers(0, 60), &numbers(30, 90)), (30, 30.0 / 90.0));
    // What lies beyond a full sketch's end is not held against the other song.
    let (full, longer) = (numbers(0, SKETCH as u32), numbers(100, 220));
    assert_eq!(similarity(&full, &longer), (28, 28.0 / 128.0));
    // Samples of two sets of 3,000 of which each shares a half with the other: a third of all.
    let set = |from: u64| {
        let spread = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32;
        let mut set: Vec<u32> = (from..from + 3000).map(spread).collect();
        set.sort_unstable();
        set.truncate(SKETCH);
        set
    };
    let (_, estimate) = similarity(&set(0), &set(1500));
    assert!((estimate - 1.0 / 3.0).abs() < 0.08, "{estimate}");
}

#[test]
fn pairs_at_the_threshold_are_near_duplicates() {
    let numbers = |from: u32, count: u32| (from..from + count).collect::<Vec<u32>>();
    // 16 shared of 128 are an eighth, 15 of 129 less.
    assert!(is_near_duplicate(&numbers(0, 72), &numbers(56, 72), THRESHOLD));
    assert!(!is_near_duplicate(&numbers(0, 72), &numbers(57, 72), THRESHOLD));
    assert_eq!(similarity(&numbers(0, 72), &numbers(56, 72)).1, THRESHOLD);
    assert!(!is_near_duplicate(&numbers(0, 72), &numbers(56, 72), 0.2));
    let pair = [200, 300].map(|own| [numbers(0, 60), numbers(own, 40)].concat()); // 60 of 140
    assert_eq!(groups(&pair, 0.4, &[]), [0, 0]);
    assert_eq!(groups(&pair, 0.5, &[]), [0, 1]);
    let few = MIN_SHARED as u32;
    assert!(is_near_duplicate(&numbers(0, few), &numbers(0, few), THRESHOLD));
    assert!(!is_near_duplicate(&numbers(0, few - 1), &numbers(0, few - 1), THRESHOLD));
}

#[test]
fn groups_do_not_depend_on_order_or_other_songs() {
    let versions = |index: u32| {
        let whole = song(index);
        let quarter = whole.notes[whole.notes.len() / 4].onset;
        let mut cut = whole.clone();
        cut.notes.retain(|note| note.onset >= quarter);
        [sketch(&whole), sketch(&cut)]
    };
    let sketches: Vec<Vec<u32>> = (0..20).flat_map(versions).collect();
    let forward = groups(&sketches, THRESHOLD, &[]);
    assert_eq!(forward, (0..40).map(|index| index / 2 * 2).collect::<Vec<_>>());
    let backward: Vec<_> = sketches.iter().rev().cloned().collect();
    let together = |groups: &[usize], a: usize, b: usize| groups[a] == groups[b];
    let reversed = groups(&backward, THRESHOLD, &[]);
    for (a, b) in (0..40).flat_map(|a| (0..a).map(move |b| (a, b))) {
        assert_eq!(together(&forward, a, b), together(&reversed, 39 - a, 39 - b));
    }
    // A song that comes later joins groups and parts none.
    let bridge: Vec<u32> = {
        let mut both = [sketches[0].as_slice(), &sketches[2]].concat();
        both.sort_unstable();
        both.truncate(SKETCH);
        both
    };
    let after = groups(&[sketches.as_slice(), &[bridge]].concat(), THRESHOLD, &[]);
    assert!(together(&after, 0, 2) && together(&after, 1, 40) && !together(&after, 0, 4));
}

#[test]
fn thousands_of_copies_of_one_song_are_one_group() {
    let original = sketch(&song(3));
    let copies: Vec<Vec<u32>> = (0..6000_u32)
        .map(|copy| {
            let mut sketch = original.clone();
            let at = copy as usize % sketch.len();
            sketch[at] = copy.wrapping_mul(0x9E37_79B9);
            sketch.sort_unstable();
            sketch
        })
        .collect();
    assert!(groups(&copies, THRESHOLD, &[]).iter().all(|&group| group == 0));
    // One more, when all others are known: none of the copies is compared with all.
    let known: Vec<Option<u32>> = (0..6000).map(|copy| (copy > 0).then_some(7)).collect();
    let earlier = PreviousGroups { groups: &known, gone: &[] };
    assert_eq!(regroup(&copies, THRESHOLD, &[], &earlier), groups(&copies, THRESHOLD, &[]));
}

#[test]
fn sketches_have_no_spare_capacity() {
    let sketch = sketch(&song(0));
    assert_eq!((sketch.len(), sketch.capacity()), (SKETCH, SKETCH));
}

#[test]
fn regrouping_equals_grouping_from_scratch() {
    // Versions of a few pieces: each takes a window of its piece's figures, so that chains come about.
    let version = |number: u32| -> Vec<u32> {
        let (piece, start) = (number % 97, number.wrapping_mul(2_654_435_761) % 90);
        (start..start + 60).map(|at| (at * 97 + piece) * 104_729).collect()
    };
    let mut all: Vec<(u32, Vec<u32>)> = (0..600).map(|number| (number, version(number))).collect();
    all.iter_mut().for_each(|(_, sketch)| sketch.sort_unstable());
    let known = |songs: &[(u32, Vec<u32>)]| -> Vec<(usize, usize)> {
        let at = |number: u32| songs.iter().position(|song| song.0 == number);
        (0..4).filter_map(|number| at(number).zip(at(number * 3 + 100))).collect()
    };
    let sketches = |songs: &[(u32, Vec<u32>)]| -> Vec<Vec<u32>> {
        songs.iter().map(|(_, sketch)| sketch.clone()).collect()
    };
    let mut parted = 0;
    for round in 0..40_u32 {
        let keep =
            |salt: u32| move |number: u32| !(number * 31 + round * 17 + salt).is_multiple_of(151);
        let (in_then, in_now) = (keep(0), keep(11));
        let then: Vec<_> = all.iter().filter(|song| in_then(song.0)).cloned().collect();
        let now: Vec<_> = all.iter().filter(|song| in_now(song.0)).cloned().collect();
        let threshold = if round % 2 == 0 { THRESHOLD } else { 0.5 };
        let before = groups(&sketches(&then), threshold, &[]);
        let group_then = |number: u32| {
            let at = then.iter().position(|song| song.0 == number)?;
            Some(before[at] as u32)
        };
        let broken: Vec<u32> = then
            .iter()
            .filter(|song| !in_now(song.0))
            .filter_map(|song| group_then(song.0))
            .collect();
        let gone: Vec<&[u32]> = then
            .iter()
            .filter(|song| !in_now(song.0))
            .map(|(_, sketch)| sketch.as_slice())
            .collect();
        let earlier: Vec<Option<u32>> = now
            .iter()
            .map(|song| group_then(song.0).filter(|group| !broken.contains(group)))
            .collect();
        // More, and all would be grouped from scratch.
        assert!(earlier.iter().filter(|group| group.is_none()).count() < now.len() / 8);
        let groups_of =
            |found: &[usize]| found.iter().collect::<std::collections::HashSet<_>>().len();
        let expected = groups(&sketches(&now), threshold, &known(&now));
        let earlier = PreviousGroups { groups: &earlier, gone: &gone };
        assert_eq!(regroup(&sketches(&now), threshold, &known(&now), &earlier), expected);
        let (left, whole) =
            (groups(&sketches(&now), threshold, &[]), groups(&sketches(&then), threshold, &[]));
        parted += usize::from(groups_of(&left) > groups_of(&whole));
    }
    assert!(parted > 2, "groups fall apart in {parted} rounds");
}
