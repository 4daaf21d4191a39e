//! Counts of the intervals of the highest and the lowest notes, and from chord to chord.

use super::super::chords::Chord;
use super::sheet::Sheet;

/// Widest interval of a line with its own class, in semitones.
const WIDEST: i32 = 12;

pub(super) fn add(sheet: &mut Sheet, chords: &[Chord]) {
    let tops: Vec<i32> = chords.iter().map(|chord| chord.top().into()).collect();
    let basses: Vec<i32> = chords.iter().map(|chord| chord.bass().into()).collect();
    add_line(sheet, "top", &tops);
    add_line(sheet, "bass", &basses);
    let pairs = || chords.windows(2).map(|pair| (&pair[0], &pair[1]));
    let nearest = |(before, now): (&Chord, &Chord)| {
        let near = |pitch: u8| before.pitches.iter().map(|other| other.abs_diff(pitch)).min();
        now.pitches.iter().filter_map(|&pitch| near(pitch)).map(usize::from).collect::<Vec<_>>()
    };
    sheet.shares("to_the_last_chord", 14, pairs().flat_map(nearest));
    let kept = |(before, now): (&Chord, &Chord)| {
        let kept = now.pitches.iter().filter(|pitch| before.pitches.contains(pitch)).count();
        4 * kept / now.pitches.len()
    };
    sheet.shares("kept_from_the_last_chord", 5, pairs().map(kept));
    let moves = |(before, now): (&Chord, &Chord)| {
        let top = i32::from(now.top()) - i32::from(before.top());
        let bass = i32::from(now.bass()) - i32::from(before.bass());
        (3 * (1 + top.signum()) + 1 + bass.signum()) as usize
    };
    sheet.shares("motion_of_the_outer_lines", 9, pairs().map(moves));
    let classes = |(before, now): (&Chord, &Chord)| {
        usize::from(now.top() + 12 - before.top() % 12) % 12 * 12
            + usize::from(now.top() - now.bass()) % 12
    };
    sheet.shares("top_step_over_the_bass", 144, pairs().map(classes));
}

/// Adds the intervals of a line, how they follow on each other, and how soon a pitch returns.
fn add_line(sheet: &mut Sheet, name: &str, line: &[i32]) {
    let steps: Vec<i32> = line.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let widest = WIDEST + 1;
    let class = |step: &i32| ((*step).clamp(-widest, widest) + widest) as usize;
    let intervals = format!("{name}_interval");
    sheet.shares_from(&intervals, -widest, 2 * widest as usize + 1, steps.iter().map(class));
    let size = |step: i32| match step.abs() {
        0 => 0,
        1..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    // Whether the line turns, the size of the interval before, and of the interval.
    let turn = |pair: &[i32]| {
        let turns = usize::from(pair[0].signum() * pair[1].signum() < 0);
        turns * 16 + size(pair[0]) * 4 + size(pair[1])
    };
    sheet.shares(&format!("{name}_after_interval"), 32, steps.windows(2).map(turn));
    let back = |at: usize| (1..=8).find(|&lag| line[at - lag] == line[at]).unwrap_or(0);
    sheet.shares(&format!("{name}_returns"), 9, (8..line.len()).map(back));
}
