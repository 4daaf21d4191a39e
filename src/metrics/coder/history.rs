//! A song up to a step, from which contexts are computed.

/// Rows of the pitches that start together, one bit each.
pub(super) type Rows = u128;

/// The part of a song that is coded already.
pub(super) struct History {
    steps: usize,
    /// By measure and step; 0: nothing starts.
    chords: Vec<Vec<Rows>>,
    /// Notes by row.
    pub(super) rows: [u16; 128],
    /// Notes by pitch class, relative to the lowest row.
    pub(super) classes: [u16; 12],
    /// All notes.
    pub(super) notes: usize,
    /// Measures with an attack, by step.
    pub(super) attacks: Vec<u16>,
    /// The last two chords, the latest first.
    pub(super) last: [Rows; 2],
    /// Steps from the chords before to the last ones, the latest first.
    pub(super) gaps: [usize; 2],
    /// Steps since the last chord.
    pub(super) since: usize,
    /// How well each earlier measure agrees with this one so far.
    agreement: Vec<i32>,
}

impl History {
    pub(super) fn new(steps: usize) -> Self {
        Self {
            steps,
            chords: Vec::new(),
            rows: [0; 128],
            classes: [0; 12],
            notes: 0,
            attacks: vec![0; steps],
            last: [0; 2],
            gaps: [0; 2],
            since: 0,
            agreement: Vec::new(),
        }
    }

    /// Number of the measure that is being coded.
    pub(super) fn measure(&self) -> usize {
        self.chords.len() - 1
    }

    /// Begins a measure. One that follows a measure that agreed begins with half of that agreement.
    pub(super) fn begin_measure(&mut self) {
        let mut next = vec![0; self.chords.len()];
        for (agreement, before) in next.iter_mut().skip(1).zip(&self.agreement) {
            *agreement = before / 2;
        }
        self.agreement = next;
        self.chords.push(vec![0; self.steps]);
    }

    /// Returns the chord at the same step some measures before; `None` before the song.
    pub(super) fn at_lag(&self, step: usize, lag: usize) -> Option<Rows> {
        Some(self.chords[self.measure().checked_sub(lag)?][step])
    }

    /// Returns the chord at this step in the earlier measure that agrees best, the latest of equals, and a class of the
    /// agreement from 1; `None` in the first measure.
    pub(super) fn aligned(&self, step: usize) -> Option<(Rows, usize)> {
        let measures = (0..).zip(&self.agreement);
        let (measure, agreement): (usize, i32) =
            measures.map(|(at, &it)| (at, it)).max_by_key(|&(at, agreement)| (agreement, at))?;
        let class = [0, 3, 8, 16, 32].iter().filter(|&&border| agreement > border).count();
        Some((self.chords[measure][step], 1 + class))
    }

    /// Adds what starts at a step: perhaps nothing.
    pub(super) fn add(&mut self, step: usize, chord: Rows) {
        let measure = self.measure();
        for (before, agreement) in self.chords.iter().zip(&mut self.agreement) {
            let hits = (before[step] & chord).count_ones() as i32;
            let misses = (before[step] ^ chord).count_ones() as i32;
            *agreement += 2 * hits - misses;
        }
        self.chords[measure][step] = chord;
        self.since += 1;
        if chord == 0 {
            return;
        }
        self.attacks[step] += 1;
        self.last = [chord, self.last[0]];
        self.gaps = [self.since, self.gaps[0]];
        self.since = 0;
        for row in (0..128).filter(|row| chord >> row & 1 == 1) {
            self.rows[row] += 1;
            self.classes[row % 12] += 1;
            self.notes += 1;
        }
    }
}
