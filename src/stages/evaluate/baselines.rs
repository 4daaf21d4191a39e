//! Reconstruction baselines that need no network.

use super::super::corpus::SampleAdapter;
use super::reference::{CHUNK, ReferenceData, Song};
use crate::metrics::average_precision::average_precision;
use crate::metrics::baselines::{all_zero, previous_measure};
use crate::metrics::reconstruction::density_matched;
use crate::metrics::{Counts, ScoreAccumulator, summary};
use crate::report::page::ReconstructionRow;
use crate::stage_api::{Result, StageContext, StageError};
use partita_vae::{Control, Pca, PcaError, PcaSettings};
use rayon::prelude::*;

/// Seed of the PCA. On 19,000 samples another one changes the F1 by about 0.0003.
const SEED: u64 = 0;

/// A baseline and its scores.
pub(super) struct Baseline {
    /// Name in `metrics.json`.
    pub(super) key: &'static str,
    /// Size of its code, if it has one.
    pub(super) components: Option<usize>,
    pub(super) row: ReconstructionRow,
}

impl Baseline {
    /// Creates a baseline from the counts and the average precision of each sample.
    fn new(key: &'static str, name: &str, about: &str, samples: Vec<SampleCounts>) -> Self {
        let precisions = summary(samples.iter().filter_map(|(_, precision)| *precision));
        let scores: ScoreAccumulator = samples.into_iter().map(|(counts, _)| counts).collect();
        let row = ReconstructionRow {
            name: name.to_owned(),
            about: about.to_owned(),
            score: scores.macro_mean(),
            average_precision: precisions.map(|precisions| precisions.mean),
            is_baseline: true,
        };
        Self { key, components: None, row }
    }
}

/// Counts and average precision of one sample.
type SampleCounts = (Counts, Option<f64>);

/// Evaluates every baseline on `truths`; `pca` has as many components as the model has latent units.
pub(super) fn baselines(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    truths: &[Song],
    pca: &Pca,
) -> Result<Vec<Baseline>> {
    let ranking = reference.mean.ranking();
    let plain = |key, name, about, predict: &(dyn Fn(&Song) -> SampleCounts + Sync)| {
        Baseline::new(key, name, about, truths.par_iter().map(predict).collect())
    };
    Ok(vec![
        linear_code(context, reference, truths, pca)?,
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

/// Computes the principal components of the training samples, the best linear code of that size. Reports progress while
/// `reports_progress` returns true.
pub(super) fn fit_pca(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    components: usize,
    reports_progress: &dyn Fn() -> bool,
) -> Result<Pca> {
    let settings = PcaSettings { geometry: reference.shape.size(), components, seed: SEED };
    let mut observe = |done, total| {
        if reports_progress() {
            context.report.progress("samples", done, total, "principal components");
        }
        if context.cancel.is_cancelled() { Control::Stop } else { Control::Continue }
    };
    let samples = SampleAdapter(&reference.training);
    Pca::fit(&samples, &settings, &mut observe).map_err(|error| match error {
        PcaError::Stopped => StageError::Interrupted,
        error => error.into(),
    })
}

/// Evaluates reconstruction from the principal components.
fn linear_code(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    truths: &[Song],
    pca: &Pca,
) -> Result<Baseline> {
    let shape = &reference.shape;
    let mut samples = Vec::new();
    for truths in truths.chunks(CHUNK) {
        context.cancel.check()?;
        let codes = pca.encode(&reference.cells(truths))?;
        let scores = pca.decode(&codes)?;
        samples.par_extend(truths.par_iter().zip(&scores).map(|(truth, scores)| {
            let onsets: Vec<usize> = shape.indices(truth).collect();
            let counts = density_matched(truth, scores, shape.cells_per_measure());
            (counts, average_precision(&onsets, scores))
        }));
    }
    let components = pca.components();
    let about = format!("the best linear code of {components} numbers, no network");
    let baseline = Baseline::new("pca", "PCA", &about, samples);
    Ok(Baseline { components: Some(components), ..baseline })
}
