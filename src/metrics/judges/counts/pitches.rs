//! Counts of pitches, pitch classes and chords.

use super::super::chords::Chord;
use super::sheet::Sheet;

/// Widest interval with its own class, in semitones.
const WIDEST: usize = 24;
/// Measures on both sides in which the notes around a note are counted.
const AROUND: usize = 1;

pub(super) fn add(sheet: &mut Sheet, chords: &[Chord]) {
    let pitches = || chords.iter().flat_map(|chord| &chord.pitches).map(|&p| usize::from(p));
    sheet.shares("pitch", 32, pitches().map(|pitch| pitch / 4));
    sheet.shares("pitch_class", 12, pitches().map(|pitch| pitch % 12));
    let mut classes = [0.0_f64; 12];
    let all = pitches().count().max(1) as f64;
    pitches().for_each(|pitch| classes[pitch % 12] += 1.0 / all);
    let usual =
        (0..12).fold(0, |best, class| if classes[class] > classes[best] { class } else { best });
    sheet.shares(
        "above_the_usual_pitch_class",
        12,
        pitches().map(|pitch| (pitch + 12 - usual) % 12),
    );
    classes.sort_unstable_by(f64::total_cmp);
    for (place, share) in classes.into_iter().enumerate() {
        sheet.number(&format!("sorted_pitch_class_{place}"), share);
    }

    sheet.shares("chord_size", 9, chords.iter().map(|chord| chord.pitches.len() - 1));
    let gaps = chords.iter().flat_map(|chord| chord.pitches.windows(2));
    sheet.shares("chord_interval", WIDEST + 1, gaps.map(|pair| usize::from(pair[1] - pair[0])));
    let from_bass = |chord: &Chord| {
        let bass = chord.bass();
        chord.pitches[1..].iter().map(|pitch| usize::from(pitch - bass) % 12).collect::<Vec<_>>()
    };
    sheet.shares("above_the_bass", 12, chords.iter().flat_map(from_bass));
    let widths = chords.iter().map(|chord| usize::from(chord.top() - chord.bass()) / 4);
    sheet.shares("chord_width", 16, widths);
    let pairs = |chord: &Chord| {
        let at = |a: usize| {
            chord.pitches[a + 1..].iter().map(move |b| usize::from(b - chord.pitches[a]))
        };
        (0..chord.pitches.len()).flat_map(at).filter(|&gap| gap <= WIDEST).collect::<Vec<_>>()
    };
    sheet.shares("pair_in_a_chord", WIDEST + 1, chords.iter().flat_map(pairs));
    add_strangers(sheet, chords);
}

/// Counts notes that do not fit those around them.
fn add_strangers(sheet: &mut Sheet, chords: &[Chord]) {
    let measures = chords.last().map_or(0, |chord| chord.measure + 1);
    let (mut local, mut song) = (vec![[0_usize; 128]; measures], [0_usize; 128]);
    for chord in chords {
        for &pitch in &chord.pitches {
            local[chord.measure][usize::from(pitch)] += 1;
            song[usize::from(pitch)] += 1;
        }
    }
    let distinct = song.iter().filter(|&&count| count > 0).count();
    let notes: usize = song.iter().sum();
    let once = song.iter().filter(|&&count| count == 1).count();
    let share = |part: usize| part as f64 / notes.max(1) as f64;
    sheet.number("pitches_per_note", share(distinct));
    sheet.number("pitches_struck_once", share(once));
    let class_counts = |measures: &[[usize; 128]]| {
        let mut counts = [0_usize; 12];
        for measure in measures {
            measure.iter().enumerate().for_each(|(pitch, count)| counts[pitch % 12] += count);
        }
        counts
    };
    let near: Vec<[usize; 12]> = (0..measures)
        .map(|at| class_counts(&local[at.saturating_sub(AROUND)..measures.min(at + AROUND + 1)]))
        .collect();
    let whole = class_counts(&local);
    let (mut rare, mut rare_in_song, mut beside, mut pitch_beside) =
        (vec![], vec![], vec![], vec![]);
    for chord in chords {
        for pitch in chord.pitches.iter().map(|&pitch| usize::from(pitch)) {
            let class = pitch % 12;
            let counts = near[chord.measure];
            // The note itself is not around itself.
            rare.push(level(counts[class] - 1, counts.iter().sum::<usize>() - 1));
            rare_in_song.push(level(whole[class] - 1, notes - 1));
            let neighbours = counts[(class + 1) % 12].max(counts[(class + 11) % 12]);
            beside.push(level(counts[class] - 1, counts[class] - 1 + neighbours));
            let pitches = [pitch.checked_sub(1), Some(pitch + 1)].into_iter().flatten();
            let most = pitches.filter_map(|pitch| song.get(pitch)).max().copied().unwrap_or(0);
            pitch_beside.push(level(song[pitch] - 1, song[pitch] - 1 + most));
        }
    }
    sheet.shares("class_around", LEVELS, rare);
    sheet.shares("class_in_the_song", LEVELS, rare_in_song);
    sheet.shares("class_beside", LEVELS, beside);
    sheet.shares("pitch_beside", LEVELS, pitch_beside);
}

const LEVELS: usize = 9;

/// Returns a class for a share: 0 for none, then up to 2, 5, 10, 20, 35, 50, 75 and more percent.
fn level(part: usize, all: usize) -> usize {
    if part == 0 {
        return 0;
    }
    let percent = 100 * part / all.max(1);
    1 + [2, 5, 10, 20, 35, 50, 75].iter().filter(|&&border| percent >= border).count()
}
