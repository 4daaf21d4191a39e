//! What answers without a network reach on the same samples.

use super::super::corpus::SampleAdapter;
use super::ReferenceData;
use super::reconstruction::CHUNK;
use crate::columnar::SampleSet;
use crate::metrics::average_precision::average_precision;
use crate::metrics::baselines::{MeanRoll, all_zero, previous_measure};
use crate::metrics::reconstruction::density_matched;
use crate::metrics::{Counts, ScoreAccumulator, summary};
use crate::music::roll::RollShape;
use crate::stage_api::{StageContext, StageError};
use partita_vae::{Control, Pca, PcaError, PcaSettings};
use rayon::prelude::*;

/// Any start will do: on 19,000 samples another one moves the F1 by some 0.0003.
const SEED: u64 = 0;

/// An answer that needs no network, and its scores.
pub(super) struct Baseline {
    /// Name in `metrics.json`.
    pub(super) key: &'static str,
    /// Name for people.
    pub(super) name: &'static str,
    /// How it answers, in a few words.
    pub(super) about: String,
    /// Numbers that it keeps of a sample, where it keeps any.
    pub(super) components: Option<usize>,
    /// How well it answers.
    pub(super) tally: ScoreAccumulator,
    /// How well it orders the cells, where it orders them: mean over the samples that have an onset.
    pub(super) average_precision: Option<f64>,
}

/// Counts and average precision of one sample.
type Answer = (Counts, Option<f64>);

/// Judges every baseline on `truths`; `code` keeps as many numbers as the network's latent vector has.
pub(super) fn baselines(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    truths: &[Vec<Vec<u16>>],
    code: &Pca,
) -> Result<Vec<Baseline>, StageError> {
    let ranking = reference.mean.ranking();
    let plain = |key, name, about: &str, answer: &(dyn Fn(&[Vec<u16>]) -> Answer + Sync)| {
        let answers = truths.par_iter().map(|truth| answer(truth)).collect();
        let (tally, average_precision) = together(answers);
        Baseline { key, name, about: about.to_owned(), components: None, tally, average_precision }
    };
    Ok(vec![
        linear(context, reference, truths, code)?,
        plain("mean_roll", "Mean roll", "the cells that most training samples use", &|truth| {
            (ranking.density_matched(truth), ranking.average_precision(truth))
        }),
        plain(
            "previous_measure",
            "Previous measure",
            "each measure repeats the true one before it",
            &|truth| (previous_measure(truth), None),
        ),
        plain("all_zero", "All zero", "silence", &|truth| (all_zero(truth), None)),
    ])
}

fn together(answers: Vec<Answer>) -> (ScoreAccumulator, Option<f64>) {
    let precision = summary(answers.iter().filter_map(|(_, precision)| *precision));
    let tally = answers.into_iter().map(|(counts, _)| counts).collect();
    (tally, precision.map(|values| values.mean))
}

/// Principal components of the training samples: the best code of so many numbers that is linear. How far the search
/// is, is reported while `tell` says so.
pub(super) fn components(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    latent: usize,
    tell: &dyn Fn() -> bool,
) -> Result<Pca, StageError> {
    let training = &reference.training;
    let settings = PcaSettings { geometry: reference.shape.size(), components: latent, seed: SEED };
    let mut observe = |done, total| {
        if tell() {
            context.report.progress("samples", done, total, "principal components");
        }
        if context.cancel.is_cancelled() { Control::Stop } else { Control::Continue }
    };
    Pca::fit(&SampleAdapter(training), &settings, &mut observe).map_err(|error| match error {
        PcaError::Stopped => StageError::Interrupted,
        error => StageError::failed(error),
    })
}

/// What these components answer.
fn linear(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    truths: &[Vec<Vec<u16>>],
    pca: &Pca,
) -> Result<Baseline, StageError> {
    let shape = &reference.shape;
    let mut answers = Vec::new();
    for truths in truths.chunks(CHUNK) {
        context.cancel.check()?;
        let cells: Vec<Vec<u32>> = truths
            .iter()
            .map(|truth| shape.indices(truth).map(|index| index as u32).collect())
            .collect();
        let codes = pca.encode(&cells).map_err(StageError::failed)?;
        let scores = pca.decode(&codes).map_err(StageError::failed)?;
        let size = shape.cells_per_measure();
        answers.par_extend(truths.par_iter().zip(&scores).map(|(truth, scores)| {
            let onsets: Vec<usize> = shape.indices(truth).collect();
            (density_matched(truth, scores, size), average_precision(&onsets, scores))
        }));
    }
    let (tally, average_precision) = together(answers);
    Ok(Baseline {
        key: "pca",
        name: "PCA",
        about: format!("the best linear code of {} numbers, no network", pca.components()),
        components: Some(pca.components()),
        tally,
        average_precision,
    })
}

/// How often each cell holds an onset in the training samples.
pub(super) fn mean_roll(training: &SampleSet, shape: &RollShape) -> MeanRoll {
    (0..training.len())
        .into_par_iter()
        .fold(
            || MeanRoll::new(*shape),
            |mut mean, index| {
                mean.add(&training.measures(index));
                mean
            },
        )
        .reduce(
            || MeanRoll::new(*shape),
            |mut all, part| {
                all.merge(&part);
                all
            },
        )
}
