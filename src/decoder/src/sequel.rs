//! Prediction of the next chord: the one that followed when the last chords were played before, at any place of the
//! song and in any transposition.

use crate::song::{Pitches, ends};

/// Levels of how many chords agree: 1, 2, up to 4, up to 8, more.
pub(crate) const LEVELS: usize = 5;
/// Chords that are compared.
const LONGEST: usize = 12;

/// Motion from one chord to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Motion {
    bass: isize,
    top: isize,
    gap: usize,
}

/// The predicted chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequel {
    /// The chord, transposed from the earlier place to this one.
    pub(crate) chord: Pitches,
    /// Its distance from the last chord, in steps.
    pub(crate) gap: usize,
    /// How many chords agree, below [`LEVELS`].
    pub(crate) level: usize,
}

/// The chords of a song so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequels {
    chords: Vec<(usize, Pitches)>,
    motions: Vec<Motion>,
    next: Option<Sequel>,
}

impl Sequels {
    /// Adds the chord at a time, which follows on all before.
    pub(crate) fn add(&mut self, time: usize, chord: Pitches, pitches: usize) {
        if let Some(&(before, last)) = self.chords.last() {
            let ((old_bass, old_top), (bass, top)) = (ends(last), ends(chord));
            self.motions.push(Motion {
                bass: bass as isize - old_bass as isize,
                top: top as isize - old_top as isize,
                gap: time - before,
            });
        }
        self.chords.push((time, chord));
        self.next = self.find(pitches);
    }

    /// Returns the predicted chord; `None` if the last motion is new.
    pub(crate) fn next(&self) -> Option<Sequel> {
        self.next
    }

    fn find(&self, pitches: usize) -> Option<Sequel> {
        let now = self.motions.len();
        let agreeing = |end: usize| {
            let pairs = self.motions[..end].iter().rev().zip(self.motions.iter().rev());
            pairs.take(LONGEST).take_while(|(one, other)| one == other).count()
        };
        // Motion `end - 1` is the last one of the earlier place; of equally long ones, the latest place.
        let (end, agreed) = (1..now).map(|end| (end, agreeing(end))).max_by_key(|it| it.1)?;
        let level = match agreed {
            0 => return None,
            1 | 2 => agreed - 1,
            3 | 4 => 2,
            5..=8 => 3,
            _ => 4,
        };
        let (&(before, earlier), &(time, chord)) = (&self.chords[end], &self.chords[end + 1]);
        let shift = ends(self.chords[now].1).0 as isize - ends(earlier).0 as isize;
        let moved = if shift < 0 { chord >> -shift } else { chord << shift };
        let inside = Pitches::MAX >> (128 - pitches);
        Some(Sequel { chord: moved & inside, gap: time - before, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequel(chords: &[(usize, &[usize])]) -> Option<Sequel> {
        let mut sequels = Sequels::default();
        for &(time, pitches) in chords {
            sequels.add(time, pitches.iter().map(|pitch| 1 << pitch).sum(), 30);
        }
        sequels.next()
    }

    #[test]
    fn a_motion_that_was_made_before_is_followed_by_the_same_in_transposition() {
        let song: [(usize, &[usize]); 5] =
            [(0, &[10]), (4, &[12]), (6, &[9, 16]), (20, &[15]), (24, &[17])];
        assert_eq!(
            sequel(&song),
            Some(Sequel { chord: 1 << 14 | 1 << 21, gap: 2, level: 0 }),
            "up two in four steps, then down to a sixth"
        );
        assert_eq!(sequel(&song[..4]), None);
        assert_eq!(sequel(&[]), None);
    }

    #[test]
    fn the_longest_agreement_is_followed_then_the_latest() {
        let run: Vec<(usize, Vec<usize>)> = [0, 1, 2, 5, 7, 8, 3, 0, 1, 2]
            .into_iter()
            .zip(0..)
            .map(|(p, t)| (t, vec![p]))
            .collect();
        let run: Vec<(usize, &[usize])> = run.iter().map(|(t, p)| (*t, p.as_slice())).collect();
        assert_eq!(
            sequel(&run),
            Some(Sequel { chord: 1 << 5, gap: 1, level: 1 }),
            "0 1 2 5, not 7 8 3"
        );
        let ladder: Vec<(usize, Vec<usize>)> = (0..12).map(|at| (at, vec![at])).collect();
        let ladder: Vec<(usize, &[usize])> =
            ladder.iter().map(|(t, p)| (*t, p.as_slice())).collect();
        assert_eq!(sequel(&ladder).map(|it| (it.chord, it.level)), Some((1 << 12, 4)));
    }

    #[test]
    fn notes_beyond_the_range_are_left_out() {
        let song: [(usize, &[usize]); 5] =
            [(0, &[1]), (1, &[3]), (2, &[3, 10]), (3, &[27]), (4, &[29])];
        assert_eq!(sequel(&song).map(|it| it.chord), Some(1 << 29));
    }
}
