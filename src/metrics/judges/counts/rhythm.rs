//! Counts of steps and of the intervals between attacks.

use super::super::chords::Chord;
use super::sheet::Sheet;
use crate::music::roll::RollShape;

/// Places of a measure: 16ths, triplets and their halves.
const PLACES: usize = 48;
/// Classes of the time since a pitch was last struck.
const WAITS: usize = 12;

pub(super) fn add(sheet: &mut Sheet, chords: &[Chord], shape: &RollShape) {
    let place = |step: usize| step * PLACES / shape.steps();
    let each_note = |chord: &Chord| std::iter::repeat_n(place(chord.step), chord.pitches.len());
    sheet.shares("step", PLACES, chords.iter().flat_map(each_note));
    let in_beat = |chord: &Chord| place(chord.step) % (PLACES / 4);
    sheet.shares("attack_in_a_quarter", PLACES / 4, chords.iter().map(in_beat));
    let gaps: Vec<usize> = chords.windows(2).map(|pair| pair[1].time - pair[0].time).collect();
    let fine = |gap: &usize| (gap * 96).div_ceil(shape.steps());
    sheet.shares("interval_in_steps", 50, gaps.iter().map(fine));
    let change = |pair: &[usize]| match pair[1] as f64 / pair[0] as f64 {
        ratio if ratio < 0.4 => 0,
        ratio if ratio < 0.6 => 1,
        ratio if ratio < 0.99 => 2,
        ratio if ratio < 1.01 => 3,
        ratio if ratio < 1.9 => 4,
        ratio if ratio < 2.5 => 5,
        _ => 6,
    };
    sheet.shares("interval_to_interval", 7, gaps.windows(2).map(change));
    let runs = gaps.chunk_by(|a, b| a == b).map(<[usize]>::len);
    sheet.shares("equal_intervals", 17, runs);

    let mut last = [None::<usize>; 128];
    let mut waits = Vec::new();
    for (index, chord) in chords.iter().enumerate() {
        for &pitch in &chord.pitches {
            let before = last[usize::from(pitch)].replace(index);
            waits.push(before.map_or(WAITS - 1, |before| wait(chords, before, index, shape)));
        }
    }
    sheet.shares("since_the_pitch", WAITS, waits);
}

/// Returns the class of the time between two attacks: the next one, or by eighths, then measures.
fn wait(chords: &[Chord], before: usize, now: usize, shape: &RollShape) -> usize {
    let steps = (chords[now].time - chords[before].time) * 96 / shape.steps();
    let classes = [12, 24, 36, 48, 72, 96, 192, 384].iter();
    match now - before {
        1 => 0,
        _ => 1 + classes.filter(|&&border| steps > border).count(),
    }
}
