//! Equal pieces: the onsets on a grid of 96 steps, independent of division, tracks, instruments, tempo and leading
//! silence.
//!
//! Both encodings are injective (fixed-size numbers, counts before lists), so equal digests mean equal onsets. Drums
//! are left out; all 128 pitches are included. A piece of drums only has no encoding.

use super::roll::{Drums, QuantizeError, QuantizedScore, RollShape, quantize};
use super::score::Score;

/// A score on the grid of 96 steps and all pitches, drums left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Canonical(QuantizedScore);

impl Canonical {
    /// Quantizes a score.
    ///
    /// # Errors
    /// Those of [`quantize()`].
    pub fn new(score: &Score) -> Result<Self, QuantizeError> {
        quantize(score, &RollShape::EVERY_PITCH, Drums::Drop).map(Self)
    }

    /// The quantized score.
    pub fn quantized(&self) -> &QuantizedScore {
        &self.0
    }

    /// Encodes the onsets; equal for scores with equal onsets. Per segment of constant meter: the number of its measures
    /// with onsets; per such measure: its index from the first one of the piece, the number of its onsets, and each
    /// onset as step * 128 + pitch. All numbers are little-endian: `u32`, `u32`, `u32`, `u16`.
    pub fn notes(&self) -> Vec<u8> {
        self.encode(0)
    }

    /// Encodes the onsets as [`notes`](Self::notes), with pitches counted from the lowest: equal for transpositions.
    pub fn shape(&self) -> Vec<u8> {
        let measures = self.0.segments.iter().flat_map(|segment| segment.measures.iter());
        let lowest = measures.flat_map(|measure| measure.iter().map(|cell| cell % 128)).min();
        self.encode(lowest.unwrap_or(0))
    }

    fn encode(&self, lowest: u16) -> Vec<u8> {
        let measures = self.0.measures() as usize; // at most MAX_MEASURES
        let size = 2 * self.0.onsets as usize + 8 * measures + 4 * self.0.segments.len();
        let mut bytes = Vec::with_capacity(size);
        let number = |value: usize| (value as u32).to_le_bytes();
        let mut index = 0;
        for segment in &self.0.segments {
            let sounding = segment.measures.iter().filter(|measure| !measure.is_empty());
            bytes.extend(number(sounding.count()));
            for measure in segment.measures.iter() {
                if !measure.is_empty() {
                    bytes.extend(number(index));
                    bytes.extend(number(measure.len()));
                    let start = bytes.len();
                    bytes.resize(start + 2 * measure.len(), 0);
                    for (place, cell) in bytes[start..].chunks_exact_mut(2).zip(measure.iter()) {
                        place.copy_from_slice(&(cell - lowest).to_le_bytes());
                    }
                }
                index += 1;
            }
        }
        bytes
    }
}
