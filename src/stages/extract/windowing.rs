//! One song on the grid, cut into samples.

use super::sample_stats::{Overview, SampleStats};
use crate::columnar::{DRUM_OFFSET, SampleView, ScoreRow, Split};
use crate::music::meter::{MeterSegment, TimeSignature, segments};
use crate::music::note::{Division, Pitch, Tick};
use crate::music::roll::{Drums, Onset, RollShape, Sample, quantize_onsets};
use std::num::NonZeroUsize;

/// Samples that were cut out of one song, packed: a corpus of them is in memory at once.
#[derive(Default)]
pub(super) struct SongSamples {
    /// What the overview tells of each.
    samples: Vec<SampleStats>,
    /// The time signatures of the samples, and what each is called.
    signatures: Vec<(TimeSignature, String)>,
    /// Where each measure's cells end.
    ends: Vec<u32>,
    cells: Vec<u16>,
}

impl SongSamples {
    fn push(&mut self, sample: &Sample<'_>, overview: &mut Overview) {
        let measures: Vec<&[u16]> = sample.measures().collect();
        let signature = sample.signature;
        self.samples.push(overview.describe(sample.first_measure, signature, &measures));
        if !self.signatures.iter().any(|(known, _)| *known == signature) {
            self.signatures.push((signature, signature.to_string()));
        }
        for cells in measures {
            self.cells.extend_from_slice(cells);
            self.ends.push(u32::try_from(self.cells.len()).unwrap_or(u32::MAX));
        }
    }

    fn pack(mut self) -> Self {
        self.samples.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.cells.shrink_to_fit();
        self
    }

    /// How many samples there are.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// What the overview tells of a sample, but for its song, group, path and side.
    pub(super) fn row(&self, sample: usize) -> SampleView<'_> {
        let sample = &self.samples[sample];
        let called = self.signatures.iter().find(|(known, _)| *known == sample.signature);
        sample.row(called.map_or("", |(_, name)| name))
    }

    /// Forgets the cells: they are written, and only the overview is not.
    pub(super) fn forget_cells(&mut self) {
        self.cells = Vec::new();
        self.ends = Vec::new();
    }

    /// The cells of each measure of a sample.
    pub(super) fn measures(&self, sample: usize) -> Vec<&[u16]> {
        let each = self.ends.len() / self.samples.len();
        let start = |measure: usize| measure.checked_sub(1).map_or(0, |at| self.ends[at] as usize);
        let cells = |measure| &self.cells[start(measure)..self.ends[measure] as usize];
        (sample * each..(sample + 1) * each).map(cells).collect()
    }
}

/// How songs are cut: with a score and a side, all that their samples follow from.
pub(super) struct Windowing {
    pub(super) shape: RollShape,
    pub(super) drums: Drums,
    /// Measures from one training sample's start to the next.
    pub(super) hop: usize,
    /// Measures before the first training sample of a segment.
    pub(super) offset: usize,
    pub(super) least_onsets: usize,
}

impl Windowing {
    /// The samples of a score; none when nothing of it is left.
    pub(super) fn cut(&self, score: &ScoreRow, side: Split) -> SongSamples {
        self.windows(score, side).unwrap_or_default()
    }

    fn windows(&self, score: &ScoreRow, side: Split) -> Option<SongSamples> {
        let measures = self.shape.measures();
        let (hop, offset) = match side {
            Split::Train => (self.hop, self.offset),
            Split::Validation => (measures, 0),
        };
        let quantized =
            quantize_onsets(&meter_of(score)?, onsets_of(score), &self.shape, self.drums).ok()?;
        let mut overview = Overview::of(&self.shape);
        let mut song = SongSamples::default();
        quantized
            .windows(NonZeroUsize::new(measures)?, NonZeroUsize::new(hop)?, offset)
            .filter(|sample| sample.onsets() >= self.least_onsets)
            .for_each(|sample| song.push(&sample, &mut overview));
        Some(song.pack())
    }
}

/// A row's segments of constant meter; `None` when the row makes no sense.
fn meter_of(row: &ScoreRow) -> Option<Vec<MeterSegment>> {
    let parts = row.numerators.iter().zip(&row.denominators);
    let signatures =
        row.signature_ticks.iter().zip(parts).map(|(&at, (&numerator, &denominator))| {
            Some((Tick(at), TimeSignature::new(numerator, denominator).ok()?))
        });
    let signatures: Vec<(Tick, TimeSignature)> = signatures.collect::<Option<_>>()?;
    Some(segments(&signatures, Division::new(row.division)?)).filter(|meter| !meter.is_empty())
}

/// A row's onsets.
fn onsets_of(row: &ScoreRow) -> impl ExactSizeIterator<Item = Onset> {
    let mut tick = 0_u64;
    row.deltas.iter().zip(&row.pitches).map(move |(&delta, &pitch)| {
        tick += u64::from(delta);
        Onset {
            tick: Tick(tick),
            pitch: Pitch::clamped(pitch % DRUM_OFFSET),
            drum: pitch >= DRUM_OFFSET,
        }
    })
}
