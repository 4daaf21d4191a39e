//! One song on the grid, cut into samples.

use crate::columnar::{CatalogRow, SampleSet, ScoreView};
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Division, Note, Pitch, Tick, Velocity};
use crate::music::roll::{Drums, Grid, grid};
use crate::music::score::{Score, SignatureSource};
use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::ops::Range;

/// A song that has samples.
pub(super) struct Song<'a> {
    pub(super) notes_digest: String,
    pub(super) group: String,
    pub(super) path: String,
    pub(super) samples: Samples<'a>,
}

impl<'a> Song<'a> {
    /// The song of a catalog's row; `None` without samples.
    pub(super) fn of(row: &CatalogRow, samples: Samples<'a>) -> Option<Self> {
        (samples.len() > 0).then(|| Self {
            notes_digest: row.notes_digest.clone().unwrap_or_default(),
            group: row.group.clone(),
            path: row.path.clone(),
            samples,
        })
    }
}

/// A song's samples in their order.
pub(super) enum Samples<'a> {
    /// Cut now.
    Cut(Vec<SongSample>),
    /// Cut by the last run, and where they lie in its shards.
    Stored(&'a SampleSet, Range<usize>),
}

impl Samples<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Cut(samples) => samples.len(),
            Self::Stored(_, range) => range.len(),
        }
    }

    /// Each sample; a stored one is in memory only as long as it is looked at.
    pub(super) fn iter(&self) -> impl Iterator<Item = Cow<'_, SongSample>> {
        (0..self.len()).map(|index| match self {
            Self::Cut(samples) => Cow::Borrowed(&samples[index]),
            Self::Stored(set, range) => Cow::Owned(stored(set, range.start + index)),
        })
    }
}

fn stored(set: &SampleSet, index: usize) -> SongSample {
    let meta = set.meta(index);
    SongSample {
        first_measure: meta.first_measure,
        time_signature: meta.time_signature.to_owned(),
        measures: set.measures(index),
    }
}

/// Consecutive measures of a song.
#[derive(Clone)]
pub(super) struct SongSample {
    pub(super) first_measure: u32,
    pub(super) time_signature: String,
    pub(super) measures: Vec<Vec<u16>>,
}

/// How songs are cut: with a score, all that their samples follow from.
pub(super) struct Cutting {
    pub(super) grid: Grid,
    pub(super) drums: Drums,
    /// Measures of a sample.
    pub(super) measures: u32,
    /// Measures from one sample's start to the next.
    pub(super) hop: u32,
    pub(super) least_onsets: usize,
}

impl Cutting {
    /// The samples of a score; none when nothing of it is left.
    pub(super) fn cut(&self, score: &ScoreView<'_>) -> Vec<SongSample> {
        self.windows(score).unwrap_or_default()
    }

    fn windows(&self, score: &ScoreView<'_>) -> Option<Vec<SongSample>> {
        let gridded = grid(&score_of(score)?, &self.grid, self.drums).ok()?;
        let measures = NonZeroUsize::new(self.measures as usize)?;
        let samples = gridded
            .windows(measures, NonZeroUsize::new(self.hop as usize)?)
            .filter(|sample| sample.onsets() >= self.least_onsets)
            .map(|sample| SongSample {
                first_measure: u32::try_from(sample.first_measure).unwrap_or(u32::MAX),
                time_signature: sample.signature.to_string(),
                measures: sample.measures().map(<[u16]>::to_vec).collect(),
            });
        Some(samples.collect())
    }
}

/// A score out of its row, as far as gridding needs it; `None` when the row makes no sense.
fn score_of(row: &ScoreView<'_>) -> Option<Score> {
    let mut tick = 0_u64;
    let mut notes = Vec::with_capacity(row.deltas.len());
    for ((&delta, &pitch), &drum) in row.deltas.iter().zip(row.pitches).zip(row.drums) {
        tick += u64::from(delta);
        notes.push(Note {
            onset: Tick(tick),
            pitch: Pitch::new(pitch)?,
            velocity: Velocity::clamped(127),
            channel: Channel::clamped(0),
            program: 0,
            drum: drum != 0,
        });
    }
    let mut signatures = Vec::with_capacity(row.numerators.len());
    let parts = row.numerators.iter().zip(row.denominators);
    for (&at, (&numerator, &denominator)) in row.signature_ticks.iter().zip(parts) {
        signatures.push((Tick(at), TimeSignature::new(numerator, denominator).ok()?));
    }
    Some(Score {
        division: Division::new(row.division)?,
        length: Tick(tick),
        notes,
        signatures,
        signature_source: SignatureSource::Explicit,
        tempos: Vec::new(),
        programs: Vec::new(),
        names: Vec::new(),
        keys: Vec::new(),
        loops: Vec::new(),
        unended: 0,
    })
}
