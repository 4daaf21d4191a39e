//! What answers without a network reach on the same samples.

use super::super::corpus::{Streamed, geometry};
use super::judge::CHUNK;
use crate::columnar::SampleSet;
use crate::metrics::baselines::{MeanRoll, all_zero, previous_measure};
use crate::metrics::reconstruction::density_matched;
use crate::metrics::{Counts, Shape, Tally};
use crate::stage::{Context, StageError};
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
    pub(super) tally: Tally,
}

/// Judges every baseline on `truths`, with `training` to learn from; the linear code keeps as many numbers
/// as the network's latent vector has.
pub(super) fn baselines(
    context: &Context<'_>,
    training: &SampleSet,
    truths: &[Vec<Vec<u16>>],
    shape: &Shape,
    latent: usize,
) -> Result<Vec<Baseline>, StageError> {
    let ranking = mean_roll(training, shape).ranking();
    let plain = |key, name, about: &str, answer: &(dyn Fn(&[Vec<u16>]) -> Counts + Sync)| {
        let counts: Vec<Counts> = truths.par_iter().map(|truth| answer(truth)).collect();
        let (about, tally) = (about.to_owned(), counts.into_iter().collect());
        Baseline { key, name, about, components: None, tally }
    };
    Ok(vec![
        linear(context, training, truths, shape, latent)?,
        plain("mean_roll", "Mean roll", "the cells that most training samples use", &|truth| {
            ranking.density_matched(truth)
        }),
        plain(
            "previous_measure",
            "Previous measure",
            "each measure repeats the true one before it",
            &previous_measure,
        ),
        plain("all_zero", "All zero", "silence", &all_zero),
    ])
}

/// Principal components of the training samples: the best code of so many numbers that is linear.
fn linear(
    context: &Context<'_>,
    training: &SampleSet,
    truths: &[Vec<Vec<u16>>],
    shape: &Shape,
    latent: usize,
) -> Result<Baseline, StageError> {
    let geometry = geometry(training.grid());
    let settings = PcaSettings { geometry, components: latent, seed: SEED };
    let mut observe = |done, total| {
        context.report.progress("samples", done, total, "principal components");
        if context.stop.is_set() { Control::Stop } else { Control::Continue }
    };
    let pca =
        Pca::fit(&Streamed(training), &settings, &mut observe).map_err(|error| match error {
            PcaError::Stopped => StageError::Interrupted,
            error => StageError::failed(error),
        })?;
    let mut tally = Tally::default();
    for truths in truths.chunks(CHUNK) {
        context.stop.check()?;
        let cells: Vec<Vec<u32>> = truths
            .iter()
            .map(|truth| shape.indices(truth).map(|index| index as u32).collect())
            .collect();
        let codes = pca.encode(&cells).map_err(StageError::failed)?;
        let scores = pca.decode(&codes).map_err(StageError::failed)?;
        let size = shape.cells_per_measure();
        let counts: Vec<Counts> = truths
            .par_iter()
            .zip(&scores)
            .map(|(truth, scores)| density_matched(truth, scores, size))
            .collect();
        counts.into_iter().for_each(|counts| tally.add(counts));
    }
    Ok(Baseline {
        key: "pca",
        name: "PCA",
        about: format!("the best linear code of {} numbers, no network", pca.components()),
        components: Some(pca.components()),
        tally,
    })
}

/// How often each cell holds an onset in the training samples.
fn mean_roll(training: &SampleSet, shape: &Shape) -> MeanRoll {
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
