//! The model shown real samples: what it gives back, beside what answers without a model reach.

use super::super::refining::Refining;
use super::baselines::{Baseline, baselines, components};
use super::{Params, ReferenceData};
use crate::metrics::average_precision::average_precision;
use crate::metrics::rank::{RankCorrelation, Ranks};
use crate::metrics::reconstruction::{at_threshold, density_matched};
use crate::metrics::{Counts, ScoreAccumulator, summary};
use crate::music::roll::RollShape;
use crate::stage_api::{StageContext, StageError};
use partita_vae::{Model, Posterior};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Samples encoded and decoded at once.
pub(super) const CHUNK: usize = 64;
/// A latent unit is active when its posterior mean varies by more than this over the samples (Burda et
/// al. 2015).
const ACTIVE: f64 = 0.01;
/// Reconstructions whose orders of cells are compared, at most: more move the mean little.
const RANKED: usize = 100;

/// A real sample and what the model makes of it.
pub(super) struct Example {
    /// Where it is from.
    pub(super) title: String,
    /// Its measures.
    pub(super) truth: Vec<Vec<u16>>,
    /// As many cells as it has onsets, the most probable ones.
    pub(super) predicted: Vec<Vec<u16>>,
    /// F1 of these.
    pub(super) f1: f64,
}

/// What came out.
pub(super) struct ReconstructionEval {
    /// `validation` or `train`.
    pub(super) on: &'static str,
    /// The samples that were judged.
    pub(super) real: Vec<Vec<Vec<u16>>>,
    /// Density-matched.
    pub(super) density: ScoreAccumulator,
    /// The same from the encoder's codes, where `density` is from refined ones.
    pub(super) encoder: Option<ScoreAccumulator>,
    /// Gradient steps by which codes were refined.
    pub(super) refined_steps: usize,
    /// At probability 0.5.
    pub(super) half: ScoreAccumulator,
    /// Mean over the samples that have an onset.
    pub(super) average_precision: Option<f64>,
    /// Mean rank correlation of two reconstructions.
    pub(super) rank_correlation: Option<f64>,
    /// Answers without a network.
    pub(super) baselines: Vec<Baseline>,
    /// Dimensions of the latent space.
    pub(super) units: usize,
    /// Those whose posterior mean varies.
    pub(super) active_units: usize,
    /// Mean divergence from the prior.
    pub(super) kl_nats: f64,
    /// The first few samples.
    pub(super) shown: Vec<Example>,
}

impl ReconstructionEval {
    /// Name and F1 of the best answer without a network.
    pub(super) fn best_baseline(&self) -> (&'static str, f64) {
        let score = |baseline: &Baseline| (baseline.name, baseline.tally.macro_mean().f1);
        let scores = self.baselines.iter().map(score);
        scores.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("none", 0.0))
    }
}

/// What one sample's reconstruction is worth.
struct SampleScore {
    density: Counts,
    half: Counts,
    average_precision: Option<f64>,
    ranks: Option<Ranks>,
}

impl SampleScore {
    fn new(truth: &[Vec<u16>], predicted: &[f32], shape: &RollShape, ranked: bool) -> Self {
        let cells = shape.cells_per_measure();
        let onsets: Vec<usize> = shape.indices(truth).collect();
        Self {
            density: density_matched(truth, predicted, cells),
            half: at_threshold(truth, predicted, cells, 0.5),
            average_precision: average_precision(&onsets, predicted),
            ranks: if ranked { Ranks::of(predicted) } else { None },
        }
    }
}

/// Judges a model on validation samples, or on training samples where there are none.
pub(super) fn evaluate_model(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    reference: &ReferenceData,
) -> Result<ReconstructionEval, StageError> {
    let ReferenceData { held, training, .. } = reference;
    let set = if held.is_empty() { training } else { held };
    if held.is_empty() {
        context.report.warning("there is no validation sample: the model is judged on what it saw");
    }
    let chosen = spread(set.len(), params.samples);
    let real: Vec<_> = chosen.iter().map(|&index| set.measures(index)).collect();
    let (latent, done) = (model.architecture().latent, AtomicBool::new(false));
    // Neither keeps all cores busy alone; of two at work, one tells how far it is.
    let (judgement, baselines) = rayon::join(
        || {
            let judgement = of_model(context, params, model, reference, (&chosen, &real));
            done.store(true, Ordering::Relaxed);
            judgement
        },
        || {
            let tell = || done.load(Ordering::Relaxed);
            let code = components(context, reference, latent, &tell)?;
            baselines(context, reference, &real, &code)
        },
    );
    Ok(ReconstructionEval { baselines: baselines?, real, ..judgement? })
}

/// What the model makes of samples: their numbers, and what they are.
fn of_model(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    reference: &ReferenceData,
    (chosen, real): (&[usize], &[Vec<Vec<u16>>]),
) -> Result<ReconstructionEval, StageError> {
    let ReferenceData { held, training, shape, .. } = reference;
    let set = if held.is_empty() { training } else { held };
    let units = model.architecture().latent;
    let mut judgement = ReconstructionEval {
        on: reference.side(),
        density: ScoreAccumulator::default(),
        encoder: (params.refining.steps() > 0).then(ScoreAccumulator::default),
        refined_steps: params.refining.steps(),
        half: ScoreAccumulator::default(),
        average_precision: None,
        rank_correlation: None,
        baselines: Vec::new(),
        real: Vec::new(),
        units,
        active_units: 0,
        kl_nats: 0.0,
        shown: Vec::new(),
    };
    let mut latent = PosteriorStats::new(judgement.units);
    let (mut precisions, mut correlation) = (Vec::new(), RankCorrelation::new(shape.cells()));
    let ranked = spread(chosen.len(), RANKED);
    for (chunk, indices) in chosen.chunks(CHUNK).enumerate() {
        context.cancel.check()?;
        let first = chunk * CHUNK;
        let truths = &real[first..][..indices.len()];
        let Reconstructed { encoder, probabilities } =
            reconstruct(model, truths, shape, params.refining, &mut latent)?;
        if let (Some(tally), Some(predicted)) = (&mut judgement.encoder, encoder) {
            let size = shape.cells_per_measure();
            let pairs = truths.par_iter().zip(&predicted);
            let counts: Vec<_> =
                pairs.map(|(truth, predicted)| density_matched(truth, predicted, size)).collect();
            counts.into_iter().for_each(|counts| tally.add(counts));
        }
        let judged: Vec<SampleScore> = truths
            .par_iter()
            .zip(&probabilities)
            .enumerate()
            .map(|(offset, (truth, predicted))| {
                let ranked = ranked.binary_search(&(first + offset)).is_ok();
                SampleScore::new(truth, predicted, shape, ranked)
            })
            .collect();
        for (offset, judged) in judged.into_iter().enumerate() {
            judgement.density.add(judged.density);
            judgement.half.add(judged.half);
            precisions.extend(judged.average_precision);
            judged.ranks.iter().for_each(|ranks| correlation.add(ranks));
            if judgement.shown.len() < params.shown.min(8) {
                let truth = &truths[offset];
                let predicted = most_probable_song(&probabilities[offset], truth, shape);
                let meta = set.meta(indices[offset]);
                judgement.shown.push(Example {
                    title: format!("{}, from measure {}", meta.path, meta.first_measure + 1),
                    truth: truth.clone(),
                    predicted,
                    f1: judged.density.score().f1,
                });
            }
        }
        let done = (first + indices.len()) as u64;
        context.report.progress("samples", done, chosen.len() as u64, "");
    }
    judgement.average_precision = summary(precisions).map(|values| values.mean);
    judgement.rank_correlation = correlation.mean();
    judgement.active_units = latent.active();
    judgement.kl_nats = latent.kl();
    Ok(judgement)
}

fn most_probable_song(
    probabilities: &[f32],
    truth: &[Vec<u16>],
    shape: &RollShape,
) -> Vec<Vec<u16>> {
    let onsets = truth.iter().map(Vec::len).sum();
    shape.song(&crate::metrics::reconstruction::most_probable(probabilities, onsets))
}

/// The probabilities of the cells of some samples.
struct Reconstructed {
    /// From the encoder's codes, where those were refined.
    encoder: Option<Vec<Vec<f32>>>,
    probabilities: Vec<Vec<f32>>,
}

fn reconstruct(
    model: &Model,
    truths: &[Vec<Vec<u16>>],
    shape: &RollShape,
    refining: Refining,
    latent: &mut PosteriorStats,
) -> Result<Reconstructed, StageError> {
    let cells: Vec<Vec<u32>> = truths
        .iter()
        .map(|truth| shape.indices(truth).map(|index| index as u32).collect())
        .collect();
    let posterior = model.encode(&cells).map_err(StageError::failed)?;
    latent.add(&posterior);
    let predicted = model.decode(&posterior.mean).map_err(StageError::failed)?;
    Ok(match refining.codes(model, &cells, &posterior.mean)? {
        Some(codes) => Reconstructed {
            encoder: Some(predicted),
            probabilities: model.decode(&codes).map_err(StageError::failed)?,
        },
        None => Reconstructed { encoder: None, probabilities: predicted },
    })
}

/// At most so many of `count` indices, ascending and evenly spread; all of them for 0.
pub(super) fn spread(count: usize, most: usize) -> Vec<usize> {
    if most == 0 || most >= count {
        return (0..count).collect();
    }
    (0..most).map(|place| place * count / most).collect()
}

/// Sums over the posteriors of all samples.
struct PosteriorStats {
    samples: f64,
    sums: Vec<f64>,
    squares: Vec<f64>,
    divergence: f64,
}

impl PosteriorStats {
    fn new(units: usize) -> Self {
        Self { samples: 0.0, sums: vec![0.0; units], squares: vec![0.0; units], divergence: 0.0 }
    }

    fn add(&mut self, posterior: &Posterior) {
        for (mean, deviation) in posterior.mean.iter().zip(&posterior.deviation) {
            self.samples += 1.0;
            for (unit, (&mean, &deviation)) in mean.iter().zip(deviation).enumerate() {
                let (mean, deviation) = (f64::from(mean), f64::from(deviation));
                self.sums[unit] += mean;
                self.squares[unit] += mean * mean;
                self.divergence +=
                    0.5 * (mean * mean + deviation * deviation - 1.0) - deviation.ln();
            }
        }
    }

    fn active(&self) -> usize {
        let varies = |(&sum, &square): (&f64, &f64)| {
            let mean = sum / self.samples;
            square / self.samples - mean * mean > ACTIVE
        };
        self.sums.iter().zip(&self.squares).filter(|&unit| varies(unit)).count()
    }

    /// Mean divergence from the standard normal prior, in nats.
    fn kl(&self) -> f64 {
        self.divergence / self.samples.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_samples_are_spread_over_all() {
        assert_eq!(spread(10, 0).len(), 10);
        assert_eq!(spread(10, 5), [0, 2, 4, 6, 8]);
        assert_eq!(spread(3, 5), [0, 1, 2]);
    }

    #[test]
    fn a_posterior_equal_to_the_prior_has_no_divergence_and_no_active_unit() {
        let mut latent = PosteriorStats::new(2);
        let rows = vec![vec![0.0, 0.0]; 3];
        latent.add(&Posterior { mean: rows, deviation: vec![vec![1.0, 1.0]; 3] });
        assert_eq!((latent.kl(), latent.active()), (0.0, 0));
        let mean = vec![vec![2.0, 0.0], vec![-2.0, 0.0]];
        latent.add(&Posterior { mean, deviation: vec![vec![1.0, 1.0]; 2] });
        assert_eq!(latent.active(), 1);
        assert!((latent.kl() - 4.0 / 5.0).abs() < 1e-12);
    }
}
