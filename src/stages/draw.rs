//! From probabilities to a drawn song, and its files: `.npy`, `.mid`, `.png`.

use crate::metrics::reconstruction::most_probable;
use crate::music::meter::TimeSignature;
use crate::music::midi::{Lengths, RollOptions, roll_to_piece, write};
use crate::music::note::Velocity;
use crate::music::roll::RollShape;
use crate::report::array;
use crate::report::image::{Surface, with_melody};
use crate::stage_api::StageError;
use partita_vae::sampling::{Phrasing, Repetition, sample_phrases, sample_repeating};
use std::path::Path;

/// Which cells of a probability roll become onsets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Decoding {
    /// The N most probable, N being the median onset count of the training samples.
    Density(usize),
    /// All from this probability on.
    Threshold(f32),
    /// Each by chance, with its own probability.
    Bernoulli {
        /// Root of the chance.
        seed: u64,
        /// The song.
        index: u64,
        /// Divides the logits.
        temperature: f32,
        /// How much of chance the measures share.
        repetition: f32,
    },
    /// By chance that is put together as a song is.
    Phrased {
        /// Root of the chance.
        seed: u64,
        /// The song.
        index: u64,
        /// How it is put together.
        phrasing: Phrasing,
    },
}

impl Decoding {
    /// The song, and the lowest probability that became an onset.
    pub(super) fn decode(self, probabilities: &[f32], shape: &RollShape) -> (Vec<Vec<u16>>, f64) {
        let cells = match self {
            Self::Density(count) => most_probable(probabilities, count),
            Self::Bernoulli { seed, index, temperature, repetition: share } => {
                let repetition = Repetition { share, cells: shape.cells_per_measure() };
                sample_repeating(probabilities, seed, index, temperature, repetition)
            }
            Self::Phrased { seed, index, phrasing } => {
                sample_phrases(probabilities, seed, index, shape.size(), &phrasing)
            }
            Self::Threshold(threshold) => {
                let above = |&(_, &p): &(u32, &f32)| p >= threshold;
                (0_u32..).zip(probabilities).filter(above).map(|(cell, _)| cell).collect()
            }
        };
        let lowest = match self {
            Self::Threshold(threshold) => threshold,
            Self::Density(_) | Self::Bernoulli { .. } | Self::Phrased { .. } => {
                let chosen = cells.iter().filter_map(|&cell| probabilities.get(cell as usize));
                chosen.copied().fold(1.0, f32::min)
            }
        };
        (shape.song(&cells), f64::from(lowest))
    }
}

/// What a song's MIDI file says of itself.
#[derive(Debug, Clone)]
pub(super) struct Provenance {
    /// Shown as the piece's name.
    pub(super) title: String,
    /// Which model and seed made it.
    pub(super) comment: String,
    /// Quarter notes a minute.
    pub(super) tempo: u32,
    /// General MIDI program.
    pub(super) program: u8,
    /// Of each measure.
    pub(super) signature: TimeSignature,
    /// How long notes last.
    pub(super) lengths: Lengths,
}

/// Writes `npy/<name>.npy` (uint8: measure, step, pitch), `midi/<name>.mid` and `img/<name>.png` below a
/// folder. The picture marks the `melody`, a part of the song; empty: none.
pub(super) fn write_song(
    folder: &Path,
    name: &str,
    song: &[Vec<u16>],
    melody: &[Vec<u16>],
    shape: &RollShape,
    provenance: &Provenance,
) -> Result<(), StageError> {
    let options = RollOptions {
        tempo: provenance.tempo,
        signature: provenance.signature,
        program: provenance.program,
        title: provenance.title.clone(),
        comment: Some(provenance.comment.clone()),
        velocity: Velocity::clamped(80),
        lengths: provenance.lengths,
    };
    let piece = roll_to_piece(song, shape, &options);
    let midi = write(&piece.map_err(StageError::failed)?);
    let npy = array::song(song, shape).map_err(StageError::failed)?;
    let png = with_melody(song, melody, shape, Surface::Paper).map_err(StageError::failed)?;
    for (kind, extension, bytes) in
        [("midi", "mid", midi), ("npy", "npy", npy), ("img", "png", png)]
    {
        let folder = folder.join(kind);
        fs_err::create_dir_all(&folder)?;
        fs_err::write(folder.join(format!("{name}.{extension}")), bytes)?;
    }
    Ok(())
}
