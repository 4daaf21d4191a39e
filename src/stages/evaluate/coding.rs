//! Bits per onset of real and generated songs under a coder that only counts.

use super::super::decoder::Measured;
use super::judges::MAX_SONGS;
use super::reference::{ReferenceData, Song};
use crate::metrics::coder::{CodeLength, Coder};
use crate::metrics::judges::choose;
use crate::stage_api::{Result, StageContext};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Training samples that the coder counts: a few seconds.
const LEARNED: usize = 300;
/// Real songs that it codes if none were generated.
const DEFAULT_SONGS: usize = 100;

/// Code lengths of songs under a counting coder.
pub(super) struct Coding {
    /// Training samples that were counted.
    learned: usize,
    /// Of real songs; `None` if these are training samples.
    pub(super) real: Option<CodeLength>,
    /// Of generated songs.
    pub(super) generated: Option<CodeLength>,
    /// Bits per onset of validation samples under the decoder.
    decoder: Option<Measured>,
}

impl Coding {
    /// Counts training samples, one of each group first, and codes the songs that the judges see.
    pub(super) fn compute(
        context: &StageContext<'_>,
        reference: &ReferenceData,
        generated: &[Song],
    ) -> Result<Self> {
        let training = &reference.training;
        let learned = choose(&training.groups(), LEARNED);
        let mut coder = Coder::new(reference.shape);
        for (done, &index) in (1..).zip(&learned) {
            context.cancel.check()?;
            coder.learn(&training.measures(index));
            context.report.progress("samples", done, learned.len() as u64, "counting");
        }
        let (_, samples) = reference.judged();
        let size =
            if generated.is_empty() { DEFAULT_SONGS } else { generated.len().min(MAX_SONGS) };
        let real: Vec<Song> = match reference.is_judged_by_training() {
            true => Vec::new(),
            false => {
                let chosen = choose(&samples.groups(), size);
                chosen.into_iter().map(|index| samples.measures(index)).collect()
            }
        };
        let length = |songs: &[Song]| {
            let bits: Vec<f64> = songs.par_iter().map(|song| coder.bits(song)).collect();
            CodeLength::new(songs.iter().map(Vec::as_slice).zip(bits))
        };
        let generated = &generated[..generated.len().min(MAX_SONGS)];
        context.cancel.check()?;
        Ok(Self {
            learned: learned.len(),
            real: length(&real),
            generated: length(generated),
            decoder: context.input("decoder").ok().map(Measured::read).transpose()?,
        })
    }

    /// Builds the object `coder` of `metrics.json`.
    pub(super) fn metrics(&self) -> Value {
        let bits = |length: Option<CodeLength>| {
            json!({
                "bits_per_onset": length.map(|length| length.bits_per_onset),
                "mean_bits_per_onset": length.map(|length| length.mean_bits_per_onset),
            })
        };
        let mut metrics = bits(self.real);
        metrics["drawn"] = bits(self.generated);
        metrics["learned"] = json!(self.learned);
        metrics
    }

    /// Returns the object `decoder` of `metrics.json`.
    pub(super) fn decoder_metrics(&self) -> Value {
        json!(self.decoder)
    }

    /// Returns the page's text on bits per note; empty without generated songs and without a decoder.
    pub(super) fn text(&self) -> String {
        let coder = self.real.zip(self.generated).map(|(real, generated)| {
            format!(
                "A coder that only counts needs {:.2} bits per note of real songs, and {:.2} per note of \
                 generated ones: fewer would be too regular, more too random.",
                real.bits_per_onset, generated.bits_per_onset
            )
        });
        let decoder =
            self.decoder.map(|measured| format!("The decoder needs {}.", measured.summary()));
        coder.into_iter().chain(decoder).collect::<Vec<_>>().join(" ")
    }
}
