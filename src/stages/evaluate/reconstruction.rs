//! Reconstruction of real samples by the model, and by the baselines.

use super::Params;
use super::baselines::{Baseline, baselines, fit_pca};
use super::judges::MAX_SONGS;
use super::posterior_stats::PosteriorStats;
use super::reference::{CHUNK, ReferenceData, Song, source};
use crate::metrics::average_precision::average_precision;
use crate::metrics::judges::choose;
use crate::metrics::rank::{RankCorrelation, Ranks};
use crate::metrics::reconstruction::{at_threshold, density_matched, most_probable};
use crate::metrics::{Counts, ScoreAccumulator, summary};
use crate::music::roll::RollShape;
use crate::report::image::{Surface, comparison};
use crate::report::page::Comparison;
use crate::stage_api::{Result, StageContext};
use crate::stages::spread::spread;
use partita_vae::Model;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Maximum number of reconstructions whose rank correlations are computed; more change the mean little.
const MAX_RANKED: usize = 100;
/// Maximum number of reconstructions that the report shows.
const MAX_EXAMPLES: usize = 8;

/// The evaluation of a model and of the baselines on real samples.
pub(super) struct ReconstructionEval {
    /// The split of the samples: `validation` or `train`.
    pub(super) on: &'static str,
    /// The samples.
    pub(super) real: Vec<Song>,
    /// The code of each sample, refined if codes are.
    pub(super) codes: Vec<Vec<f32>>,
    /// Density-matched scores.
    pub(super) density: ScoreAccumulator,
    /// Density-matched scores from the encoder's codes, if `density` is from refined ones.
    pub(super) encoder: Option<ScoreAccumulator>,
    /// Gradient steps that refined each code.
    pub(super) refined_steps: usize,
    /// Scores of the cells with a probability of at least 0.5.
    pub(super) half: ScoreAccumulator,
    /// Mean over the samples that have an onset.
    pub(super) average_precision: Option<f64>,
    /// Mean rank correlation of two reconstructions.
    pub(super) rank_correlation: Option<f64>,
    pub(super) baselines: Vec<Baseline>,
    /// Dimensions of the latent space.
    pub(super) units: usize,
    /// Dimensions whose posterior mean varies.
    pub(super) active_units: usize,
    /// Mean KL divergence from the prior.
    pub(super) kl_nats: f64,
    /// Density-matched reconstructions for the judges, each with the group of its sample.
    pub(super) reconstructed: Vec<(Song, String)>,
    /// The first samples with their reconstructions.
    pub(super) examples: Vec<Comparison>,
}

impl ReconstructionEval {
    /// Returns name and F1 of the best baseline.
    pub(super) fn best_baseline(&self) -> (&str, f64) {
        let scores = self.baselines.iter().map(|it| (it.row.name.as_str(), it.row.score.f1));
        scores.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("none", 0.0))
    }
}

/// Evaluates a model and the baselines on validation samples, or on training samples if there are none.
pub(super) fn evaluate_model(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    reference: &ReferenceData,
) -> Result<ReconstructionEval> {
    if reference.validation.is_empty() {
        context
            .report
            .warning("no validation samples; evaluating the model on its training samples");
    }
    let set = reference.evaluated();
    let chosen = spread(set.len(), params.samples);
    let real: Vec<Song> = chosen.iter().map(|&index| set.measures(index)).collect();
    let (latent, done) = (model.architecture().latent, AtomicBool::new(false));
    // Neither task uses all cores. Only one of them reports progress at a time.
    let (evaluation, baselines) = rayon::join(
        || {
            let evaluation = evaluate_samples(context, params, model, reference, (&chosen, &real));
            done.store(true, Ordering::Relaxed);
            evaluation
        },
        || {
            let pca = fit_pca(context, reference, latent, &|| done.load(Ordering::Relaxed))?;
            baselines(context, reference, &real, &pca)
        },
    );
    Ok(ReconstructionEval { baselines: baselines?, real, ..evaluation? })
}

/// Evaluates a model on samples, given their indices and their cells.
fn evaluate_samples(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    reference: &ReferenceData,
    (chosen, real): (&[usize], &[Song]),
) -> Result<ReconstructionEval> {
    let shape = &reference.shape;
    let (units, refined_steps) = (model.architecture().latent, params.refining.steps());
    let mut posteriors = PosteriorStats::new(units);
    let (mut density, mut encoder, mut half) =
        (ScoreAccumulator::default(), ScoreAccumulator::default(), ScoreAccumulator::default());
    let (mut precisions, mut examples) = (Vec::new(), Vec::new());
    let mut correlation = RankCorrelation::new(shape.cells());
    let ranked = spread(chosen.len(), MAX_RANKED);
    let groups = reference.evaluated().groups();
    let groups: Vec<&str> = chosen.iter().map(|&index| groups[index]).collect();
    let mut judged = choose(&groups, MAX_SONGS);
    judged.sort_unstable();
    let mut reconstructed = Vec::with_capacity(judged.len());
    let mut all_codes = Vec::with_capacity(real.len());
    for (first, truths) in (0..).step_by(CHUNK).zip(real.chunks(CHUNK)) {
        context.cancel.check()?;
        let cells = reference.cells(truths);
        let codes = model.encode(&cells)?;
        posteriors.add(&codes);
        let mut rolls = model.decode(&codes.mean)?;
        let refined = params.refining.codes(model, &cells, &codes.mean)?;
        if let Some(refined) = &refined {
            let counts = |(truth, roll): (&Song, &Vec<f32>)| {
                density_matched(truth, roll, shape.cells_per_measure())
            };
            let counts: Vec<Counts> = truths.par_iter().zip(&rolls).map(counts).collect();
            counts.into_iter().for_each(|counts| encoder.add(counts));
            rolls = model.decode(refined)?;
        }
        all_codes.extend(refined.unwrap_or(codes.mean));
        let score = |(index, (truth, roll)): (usize, (&Song, &Vec<f32>))| {
            let is_ranked = ranked.binary_search(&(first + index)).is_ok();
            SampleScore::new(truth, roll, shape, is_ranked)
        };
        let scores: Vec<SampleScore> =
            truths.par_iter().zip(&rolls).enumerate().map(score).collect();
        let rest = params.shown.min(MAX_EXAMPLES).saturating_sub(examples.len());
        let shown = chosen[first..].iter().zip(truths).zip(&rolls).zip(&scores).take(rest);
        for (((&index, truth), roll), score) in shown {
            let onsets = truth.iter().map(Vec::len).sum();
            let predicted = shape.song(&most_probable(roll, onsets));
            let png = comparison(&predicted, truth, shape, Surface::Clear);
            examples.push(Comparison {
                title: source(reference.evaluated(), index),
                png: png?,
                f1: score.density.score().f1,
            });
        }
        let reconstruct = |(index, (truth, roll)): (usize, (&Song, &Vec<f32>))| {
            let is_judged = judged.binary_search(&(first + index)).is_ok();
            is_judged.then(|| {
                let song = shape.song(&most_probable(roll, truth.iter().map(Vec::len).sum()));
                (song, groups[first + index].to_owned())
            })
        };
        reconstructed.par_extend(truths.par_iter().zip(&rolls).enumerate().filter_map(reconstruct));
        for score in scores {
            density.add(score.density);
            half.add(score.half);
            precisions.extend(score.average_precision);
            score.ranks.iter().for_each(|ranks| correlation.add(ranks));
        }
        let done = (first + truths.len()) as u64;
        context.report.progress("samples", done, chosen.len() as u64, "");
    }
    Ok(ReconstructionEval {
        on: reference.split(),
        real: Vec::new(),
        codes: all_codes,
        density,
        encoder: (refined_steps > 0).then_some(encoder),
        refined_steps,
        half,
        average_precision: summary(precisions).map(|values| values.mean),
        rank_correlation: correlation.mean(),
        baselines: Vec::new(),
        units,
        active_units: posteriors.active_units(),
        kl_nats: posteriors.mean_kl(),
        reconstructed,
        examples,
    })
}

/// Scores of one reconstruction.
struct SampleScore {
    density: Counts,
    half: Counts,
    average_precision: Option<f64>,
    ranks: Option<Ranks>,
}

impl SampleScore {
    fn new(truth: &[Vec<u16>], roll: &[f32], shape: &RollShape, is_ranked: bool) -> Self {
        let cells = shape.cells_per_measure();
        let onsets: Vec<usize> = shape.indices(truth).collect();
        Self {
            density: density_matched(truth, roll, cells),
            half: at_threshold(truth, roll, cells, 0.5),
            average_precision: average_precision(&onsets, roll),
            ranks: if is_ranked { Ranks::new(roll) } else { None },
        }
    }
}
