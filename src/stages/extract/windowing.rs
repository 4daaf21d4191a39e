//! Divides a song into samples on the grid.

use super::sample_stats::{SampleAnalyzer, SampleStats};
use crate::columnar::{DRUM_OFFSET, SampleView, ScoreRow, Split};
use crate::music::meter::{MeterSegment, TimeSignature, segments};
use crate::music::note::{Division, Pitch, Tick};
use crate::music::roll::{Drums, Onset, RollShape, Sample, quantize_onsets};
use std::num::NonZeroUsize;

/// The samples of a song. Compact, because those of a whole corpus are in memory at once.
#[derive(Default)]
pub(super) struct SongSamples {
    stats: Vec<SampleStats>,
    /// The time signatures of the samples, with their texts.
    signatures: Vec<(TimeSignature, String)>,
    /// End of each measure in `cells`.
    ends: Vec<u32>,
    cells: Vec<u16>,
}

impl SongSamples {
    fn push(&mut self, sample: &Sample<'_>, analyzer: &mut SampleAnalyzer) {
        let measures: Vec<&[u16]> = sample.measures().collect();
        let signature = sample.signature;
        self.stats.push(analyzer.analyze(sample.first_measure, signature, &measures));
        if !self.signatures.iter().any(|(known, _)| *known == signature) {
            self.signatures.push((signature, signature.to_string()));
        }
        for cells in measures {
            self.cells.extend_from_slice(cells);
            self.ends.push(u32::try_from(self.cells.len()).unwrap_or(u32::MAX));
        }
    }

    fn shrink(mut self) -> Self {
        self.stats.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.cells.shrink_to_fit();
        self
    }

    pub(super) fn len(&self) -> usize {
        self.stats.len()
    }

    /// Returns the overview's row of a sample, except song, group, path and split.
    pub(super) fn row(&self, sample: usize) -> SampleView<'_> {
        let stats = &self.stats[sample];
        let signature = self.signatures.iter().find(|(known, _)| *known == stats.signature);
        stats.row(signature.map_or("", |(_, text)| text))
    }

    /// Frees the cells, which are not needed after the shards are written.
    pub(super) fn drop_cells(&mut self) {
        self.cells = Vec::new();
        self.ends = Vec::new();
    }

    /// Returns the cells of each measure of a sample.
    pub(super) fn measures(&self, sample: usize) -> Vec<&[u16]> {
        let count = self.ends.len() / self.stats.len();
        let start = |measure: usize| measure.checked_sub(1).map_or(0, |at| self.ends[at] as usize);
        let cells = |measure| &self.cells[start(measure)..self.ends[measure] as usize];
        (sample * count..(sample + 1) * count).map(cells).collect()
    }
}

/// The settings that, with a score and its split, determine the samples of a song.
pub(super) struct Windowing {
    pub(super) shape: RollShape,
    pub(super) drums: Drums,
    /// Measures between the starts of two training samples.
    pub(super) hop: usize,
    /// Measures before the first training sample of a segment.
    pub(super) offset: usize,
    pub(super) least_onsets: usize,
}

impl Windowing {
    /// Returns the samples of a score; none if the score is invalid or has no usable onset.
    pub(super) fn samples(&self, score: &ScoreRow, split: Split) -> SongSamples {
        self.windows(score, split).unwrap_or_default()
    }

    fn windows(&self, score: &ScoreRow, split: Split) -> Option<SongSamples> {
        let measures = self.shape.measures();
        let (hop, offset) = match split {
            Split::Train => (self.hop, self.offset),
            Split::Validation | Split::Judging => (measures, 0),
        };
        let meter = meter_of(score)?;
        let quantized = quantize_onsets(&meter, onsets_of(score), &self.shape, self.drums).ok()?;
        let mut analyzer = SampleAnalyzer::new(self.shape);
        let mut song = SongSamples::default();
        quantized
            .windows(NonZeroUsize::new(measures)?, NonZeroUsize::new(hop)?, offset)
            .filter(|sample| sample.onsets() >= self.least_onsets)
            .for_each(|sample| song.push(&sample, &mut analyzer));
        Some(song.shrink())
    }
}

/// Returns the segments of constant meter of a score; `None` if they are invalid.
fn meter_of(score: &ScoreRow) -> Option<Vec<MeterSegment>> {
    let fractions = score.numerators.iter().zip(&score.denominators);
    let signatures = score.signature_ticks.iter().zip(fractions);
    let signatures = signatures.map(|(&tick, (&numerator, &denominator))| {
        Some((Tick(tick), TimeSignature::new(numerator, denominator).ok()?))
    });
    let signatures: Vec<(Tick, TimeSignature)> = signatures.collect::<Option<_>>()?;
    Some(segments(&signatures, Division::new(score.division)?)).filter(|meter| !meter.is_empty())
}

/// Returns the onsets of a score.
fn onsets_of(score: &ScoreRow) -> impl ExactSizeIterator<Item = Onset> {
    let mut tick = 0_u64;
    score.deltas.iter().zip(&score.pitches).map(move |(&delta, &pitch)| {
        tick += u64::from(delta);
        let drum = pitch >= DRUM_OFFSET;
        Onset { tick: Tick(tick), pitch: Pitch::clamped(pitch % DRUM_OFFSET), drum }
    })
}
