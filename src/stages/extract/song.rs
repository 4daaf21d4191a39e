//! One song on the grid, cut into samples.

use crate::columnar::{CatalogRow, ScoreRow};
use crate::music::meter::TimeSignature;
use crate::music::note::{Channel, Division, Note, Pitch, Tick, Velocity};
use crate::music::roll::{Drums, Grid, grid};
use crate::music::score::{Score, SignatureSource};
use std::num::NonZeroUsize;

/// A song's samples.
pub(super) struct Song {
    pub(super) notes_digest: String,
    pub(super) group: String,
    pub(super) path: String,
    pub(super) samples: Vec<SongSample>,
}

/// Consecutive measures of a song.
pub(super) struct SongSample {
    pub(super) first_measure: u32,
    pub(super) time_signature: String,
    pub(super) measures: Vec<Vec<u16>>,
}

impl Song {
    /// Grids a score and cuts it into windows of `measures`, each `hop` after the one before; `None` when
    /// nothing of it is left.
    pub(super) fn cut(
        row: &CatalogRow,
        score: &Score,
        window: &Grid,
        drums: Drums,
        (measures, hop): (u32, u32),
        least_onsets: usize,
    ) -> Option<Self> {
        let gridded = grid(score, window, drums).ok()?;
        let (measures, hop) =
            (NonZeroUsize::new(measures as usize)?, NonZeroUsize::new(hop as usize)?);
        let samples: Vec<SongSample> = gridded
            .windows(measures, hop)
            .filter(|sample| sample.onsets() >= least_onsets)
            .map(|sample| SongSample {
                first_measure: u32::try_from(sample.first_measure).unwrap_or(u32::MAX),
                time_signature: sample.signature.to_string(),
                measures: sample.measures.iter().map(|measure| measure.cells().to_vec()).collect(),
            })
            .collect();
        (!samples.is_empty()).then(|| Self {
            notes_digest: row.notes_digest.clone().unwrap_or_default(),
            group: row.group.clone(),
            path: row.path.clone(),
            samples,
        })
    }
}

/// A score out of its row, as far as gridding needs it; `None` when the row makes no sense.
pub(super) fn score_of(row: &ScoreRow) -> Option<Score> {
    let mut tick = 0_u64;
    let mut notes = Vec::with_capacity(row.deltas.len());
    for ((&delta, &pitch), &drum) in row.deltas.iter().zip(&row.pitches).zip(&row.drums) {
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
    let parts = row.numerators.iter().zip(&row.denominators);
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
