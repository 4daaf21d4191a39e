//! Turns probabilities into a song and writes its files: `.npy`, `.mid`, `.png`.

use crate::metrics::reconstruction::most_probable;
use crate::music::midi::{RollOptions, roll_to_piece, write};
use crate::music::roll::RollShape;
use crate::report::array;
use crate::report::image::{Surface, with_melody};
use crate::stage_api::Result;
use partita_decoder::{Decoder as Player, Guide, Playing};
use partita_vae::sampling::{Phrasing, Repetition, sample_phrases, sample_repeating};
use std::path::Path;

/// How the onsets of a song are chosen from the probabilities of its cells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decoding<'a> {
    /// This many of the most probable cells.
    Density(usize),
    /// All cells from this probability on.
    Threshold(f32),
    /// Each cell at random, with its own probability.
    Bernoulli {
        /// Divisor of the logits.
        temperature: f32,
        /// Probability that a cell uses the random number that all measures share.
        repetition: f32,
    },
    /// At random, with phrases and measures that return.
    Phrases(Phrasing),
    /// Note by note.
    Notes {
        /// The decoder.
        player: &'a Player,
        /// The song's code.
        latent: &'a [f32],
        /// Divisor of the logits.
        temperature: f32,
    },
}

impl Decoding<'_> {
    /// Decodes song `index` of a seed. Returns it with the lowest probability of an onset.
    pub(super) fn decode(
        self,
        probabilities: &[f32],
        shape: &RollShape,
        seed: u64,
        index: usize,
    ) -> (Vec<Vec<u16>>, f64) {
        let index = index as u64;
        let cells = match self {
            Self::Density(count) => most_probable(probabilities, count),
            Self::Threshold(threshold) => {
                let above = |&(_, &p): &(u32, &f32)| p >= threshold;
                (0_u32..).zip(probabilities).filter(above).map(|(cell, _)| cell).collect()
            }
            Self::Bernoulli { temperature, repetition: share } => {
                let repetition = Repetition { share, cells: shape.cells_per_measure() };
                sample_repeating(probabilities, seed, index, temperature, repetition)
            }
            Self::Phrases(phrasing) => {
                sample_phrases(probabilities, seed, index, shape.size(), &phrasing)
            }
            Self::Notes { player, latent, temperature } => {
                let guide = Guide::new(shape.size(), latent.to_vec(), probabilities.to_vec());
                player.play(Some(&guide), Playing { seed, index, temperature }).cells()
            }
        };
        let lowest = match self {
            Self::Threshold(threshold) => threshold,
            _ => {
                let chosen = cells.iter().filter_map(|&cell| probabilities.get(cell as usize));
                chosen.copied().fold(1.0, f32::min)
            }
        };
        (shape.song(&cells), f64::from(lowest))
    }
}

/// Writes `midi/<name>.mid` into a folder.
pub(super) fn write_midi(
    folder: &Path,
    name: &str,
    song: &[Vec<u16>],
    shape: &RollShape,
    options: &RollOptions,
) -> Result<()> {
    let midi = write(&roll_to_piece(song, shape, options)?);
    write_file(folder, "midi", &format!("{name}.mid"), &midi)
}

/// Writes `npy/<name>.npy` (uint8: measure, step, pitch) and `img/<name>.png` into a folder. The picture frames the
/// `melody`, a part of the song that may be empty.
pub(super) fn write_array_and_picture(
    folder: &Path,
    name: &str,
    song: &[Vec<u16>],
    melody: &[Vec<u16>],
    shape: &RollShape,
) -> Result<()> {
    let npy = array::song(song, shape)?;
    let png = with_melody(song, melody, shape, Surface::Paper)?;
    for (kind, extension, bytes) in [("npy", "npy", npy), ("img", "png", png)] {
        write_file(folder, kind, &format!("{name}.{extension}"), &bytes)?;
    }
    Ok(())
}

/// Writes a file into a subfolder, which may be new.
pub(super) fn write_file(folder: &Path, kind: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let folder = folder.join(kind);
    fs_err::create_dir_all(&folder)?;
    Ok(fs_err::write(folder.join(name), bytes)?)
}
