//! A chord: its tones, and the scale while it sounds.

use super::scale::Key;

/// The difference between a chord and the plain triad of its degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChordQuality {
    Plain,
    /// A major triad with a minor seventh in its scale, in any mode.
    Dominant,
    /// The degree a semitone lower, as a major triad (from the parallel minor).
    Flat,
    /// A minor triad (from the parallel minor).
    ParallelMinor,
}

/// A chord of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chord {
    /// Degree of the root, 0..7.
    degree: i32,
    /// Semitones over the tonic of the seven scale degrees while this chord sounds.
    scale: [i32; 7],
    /// Whether the seventh belongs to the chord.
    seventh: bool,
    key: Key,
}

impl Chord {
    pub(super) fn new(key: Key, degree: i32, quality: ChordQuality, seventh: bool) -> Self {
        let mut scale = key.mode.degrees();
        let at = |offset: i32| ((degree + offset) % 7) as usize;
        let root = scale[at(0)] - i32::from(quality == ChordQuality::Flat);
        // Degrees over the root that differ from the key's, and their semitones over it.
        let altered: &[(i32, i32)] = match quality {
            ChordQuality::Plain => &[],
            ChordQuality::Dominant => &[(2, 4), (4, 7), (6, 10)],
            ChordQuality::Flat => &[(0, 0), (2, 4), (4, 7)],
            ChordQuality::ParallelMinor => &[(2, 3), (4, 7)],
        };
        for &(offset, semitones) in altered {
            scale[at(offset)] = root + semitones - 12 * i32::from(degree + offset >= 7);
        }
        Self { degree, scale, seventh, key }
    }

    /// Returns the MIDI pitch of a scale step.
    pub(super) fn pitch(&self, step: i32) -> i32 {
        let degree = step.rem_euclid(7) as usize;
        self.key.base() + 12 * step.div_euclid(7) + self.scale[degree]
    }

    /// Returns the pitch classes: root, third, fifth and, if the chord has it, seventh.
    pub(super) fn tones(&self) -> Vec<i32> {
        let thirds = if self.seventh { 4 } else { 3 };
        (0..thirds).map(|third| self.pitch(self.degree + 2 * third).rem_euclid(12)).collect()
    }

    /// Returns true if a scale step is the root, third or fifth; the seventh counts as a passing tone.
    pub(super) fn has(&self, step: i32) -> bool {
        [0, 2, 4].contains(&(step - self.degree).rem_euclid(7))
    }

    /// Returns the tone of the chord nearest to `step`; of two equally near, the one in the direction of `lean`.
    pub(super) fn nearest(&self, step: i32, lean: i32) -> i32 {
        let toward = if lean < 0 { -1 } else { 1 };
        let candidates = [0, toward, -toward, 2 * toward].map(|offset| step + offset);
        candidates.into_iter().find(|&candidate| self.has(candidate)).unwrap_or(step)
    }

    pub(super) fn is_diminished(&self) -> bool {
        let [root, fifth] = [0, 4].map(|offset| self.pitch(self.degree + offset));
        fifth - root != 7
    }
}

/// A chord of any key: the degree of its root (0..7) and its quality.
pub(super) type Symbol = (i32, ChordQuality);
