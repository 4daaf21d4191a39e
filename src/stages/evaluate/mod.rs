//! `evaluate`: how well the model gives back what it is shown, and what its songs are like beside real ones.
//!
//! Writes `metrics.json`, `metrics.parquet` (the same numbers, a row each, names dotted) and `report.html`.
//!
//! | name in `metrics.json` | meaning |
//! |---|---|
//! | `reconstruction.{precision,recall,f1}` | density-matched, mean over validation samples |
//! | `reconstruction.refined_steps` | gradient steps that improved each code through the decoder; 0: it is the encoder's |
//! | `reconstruction.encoder.{precision,recall,f1}` | the same from the encoder's codes alone |
//! | `reconstruction.average_precision` | area under the precision-recall curve, mean over the samples that have an onset |
//! | `reconstruction.half.{precision,recall,f1}` | cells of probability 0.5 or more, mean over samples |
//! | `reconstruction.baselines.<name>.{precision,recall,f1}` | `pca` (density-matched), `mean_roll`, `previous_measure`, `all_zero` |
//! | `reconstruction.baselines.{pca,mean_roll}.average_precision` | the same of what ranks all cells |
//! | `reconstruction.baselines.pca.components` | principal components of the training samples: as many as the model has latent units, fewer where the samples have no more |
//! | `reconstruction.samples` | how many samples that is the mean of |
//! | `reconstruction.on` | `validation`, or `train` where there is no validation sample |
//! | `latent.{units,active_units,kl_nats,kl_bits}` | over the same samples; active: variance of the mean above 0.01 |
//! | `latent.posterior_samples` | training samples whose posteriors the model keeps, which all that follows is of; `null`, as that, for a model of an older version |
//! | `latent.by_unit.<name>` | lists over the units: `mean` and `deviation` of the posterior means, `posterior_deviation`, `kl_nats` of the posteriors, `gap_nats` of the aggregate posterior from the prior |
//! | `latent.gap_nats` | sum of the last one |
//! | `latent.spectrum`, `latent.effective_components` | share of the variance of the posterior means along each principal component, a list; over how many it is spread (participation ratio) |
//! | `latent.map.{train,drawn}` | places of up to 1000 of these samples, of the drawn songs, along the first two components |
//! | `latent.components` | of the first three: `onsets`, `pitch_mean`, `pitch_class_entropy`, `scale_consistency` expected of what is decoded -2, -1, 0, 1, 2 deviations from the mean, lists |
//! | `songs.count`, `real.count` | drawn songs; the same samples |
//! | `songs.pair_jaccard`, `real.pair_jaccard` | mean Jaccard index of two songs' cells |
//! | `songs.measure_jaccard`, `real.measure_jaccard` | mean Jaccard index of two measures of a song |
//! | `songs.rank_correlation`, `real.rank_correlation` | mean Spearman correlation of two drawn songs' probabilities, of two of up to 100 reconstructions; 1 is the same song, louder |
//! | `songs.nearest_training`, `real.nearest_training` | min, q1, median, q3, max, mean of the Jaccard index with the nearest training sample; `real`: of the validation samples |
//! | `songs.nearest_moved`, `real.nearest_moved` | the same where the sample may be played up to an octave higher or lower and begin at any of its measures; `real`: of at most as many validation samples as songs were drawn, or 100 |
//! | `copying.shortlist` | samples on which every such move is tried for each song, the likeliest ones |
//! | `copying.untried` | no sample that is not on a drawn song's list is more like it than this, whatever the move; 0: all were tried |
//! | `copying.{checked,recall,shortfall}` | for how many songs every move of every sample was tried, for what share of them the shortlist held one as alike as any, and by how much less alike its best is on the mean |
//! | `songs.within_quartiles.<feature>` | whether the drawn median lies between the real quartiles, for six features |
//! | `songs.within_quartiles.count` | for how many of the six it does |
//! | `songs.features.<name>`, `real.features.<name>` | min, q1, median, q3, max, mean of a song's feature |
//! | `songs.sections.named`, `real.sections.named` | share of the songs in which a phrase (a quarter of the song) returns and something else comes between |
//! | `songs.sections.<name>`, `real.sections.<name>` | share of the songs with a phrase named so: `intro`, `verse`, `chorus`, `bridge`, `outro` |
//! | `two_sample.<kind>` | songs of a kind beside as many of the real samples: `drawn`; `train`, training samples; `shuffled`, those with their measures in another order; `mean_roll`, the most frequent cells; `noise`, cells by chance, as often as in the training samples |
//! | `two_sample.<kind>.count` | songs of the kind: as many as were drawn, at most 1000; 100 where none were |
//! | `two_sample.<kind>.{nearest_accuracy,classifier_accuracy}` | how often the nearest neighbour, a logistic regression tells the kind by all features; 0.5: not to be told apart |
//! | `two_sample.<kind>.{precision,recall,coverage}` | share of the songs beside real ones, of real ones beside them, of real ones with one of them among their neighbours |
//! | `two_sample.<kind>.features.<name>.{wasserstein,overlap}` | distance of a feature's values, in its unit; overlap of their histograms |
//! | `histograms.<feature>.ends` | ends of the grid that all kinds share |
//! | `histograms.<feature>.<kind>` | shares of the songs in its bins, a list; `real`, and the kinds of `two_sample` |
//!
//! What cannot be said is `null`: of too few songs, of songs of another network, and of training samples where
//! there are no validation samples to hold against them.

mod aligned;
mod baselines;
mod copying;
mod copying_section;
mod latent;
mod latent_section;
mod metrics_json;
mod page;
mod rank_correlation;
mod reconstruction;
mod scan_training;
mod song_cards;
mod songs;
mod two_sample;

use super::corpus;
use super::refining::Refining;
use crate::columnar::{MetricRow, SampleSet, Split, write};
use crate::metrics::baselines::MeanRoll;
use crate::music::roll::RollShape;
use crate::params::{Params as _, UNLIMITED, params};
use crate::report::page::render;
use crate::spec::{Cpus, Input, Output, Required, Source, StageKind};
use crate::stage_api::{OutputKind, RunExport, StageContext, StageError, StageImpl};
use partita_vae::Model;

pub(super) struct Evaluate;

const KIND: StageKind = StageKind {
    name: "evaluate",
    about: "Measure a model and its songs beside baselines and real songs; write a report",
    // 2: the baseline `pca`. 3: average precision, nearest training samples, rank correlation, quartiles, the
    // two-sample view. 4: refined codes beside the encoder's. 5: songs on the page are played, and can be had as
    // sheet music and as arrays. 6: histograms, copies over moves, motifs and phrases, effective measures and best
    // period, the latent space. 7: how alike an untried sample may be at most; intervals and groove.
    version: 7,
    params: Params::PARAMETERS,
    inputs: &[
        Input {
            name: "samples",
            about: "Real samples.",
            source: Source::Stage { kinds: &["extract"], output: None },
            required: Required::Yes,
        },
        Input {
            name: "model",
            about: "A trained model.",
            source: Source::Stage { kinds: &["train"], output: Some("model") },
            required: Required::Yes,
        },
        Input {
            name: "songs",
            about: "Songs drawn from the model.",
            source: Source::Stage { kinds: &["generate"], output: None },
            required: Required::No,
        },
    ],
    outputs: &[
        Output { name: "metrics", path: "metrics.json", about: "Every number, nested." },
        Output { name: "table", path: "metrics.parquet", about: "Every number, one row each." },
        Output { name: "report", path: "report.html", about: "The page that a person reads." },
    ],
    cpus: Cpus::All,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] = &[
    RunExport { kind: OutputKind::Output, from: "report.html", to: "report.html" },
    RunExport { kind: OutputKind::Output, from: "metrics.json", to: "metrics.json" },
];

params! {
    /// The parameters of `evaluate`.
    struct Params {
        /// Maximum number of real samples to evaluate on, evenly spread; 0: all.
        samples: usize = 2000 in 0..=UNLIMITED,
        /// Generated songs, and reconstructions, that the report shows.
        shown: usize = 16 in 0..=1000,
        /// How to refine codes.
        refining: Refining,
    }
}

/// What is reference of real music.
struct ReferenceData {
    training: SampleSet,
    /// Validation samples.
    held: SampleSet,
    shape: RollShape,
    /// Of the training samples.
    mean: MeanRoll,
}

impl ReferenceData {
    /// The samples that the model is judged on.
    fn side(&self) -> &'static str {
        if self.held.is_empty() { Split::Train.as_str() } else { Split::Validation.as_str() }
    }
}

/// Everything that was found out.
struct Evaluation {
    judgement: reconstruction::ReconstructionEval,
    drawn: Vec<songs::Drawn>,
    compared: songs::Compared,
    copying: copying::Copying,
    moved: aligned::AlignedCopying,
    latent: Option<latent::Latent>,
    drawn_rank_correlation: Option<f64>,
    two_sample: two_sample::TwoSample,
}

impl StageImpl for Evaluate {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run_exports(&self) -> &'static [RunExport] {
        RUN_EXPORTS
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String, StageError> {
        let params: Params = context.parameters()?;
        let input = context.input("model")?;
        let (model, corpus) = corpus::model(input)?;
        let shape = corpus.shape;
        let samples = context.input("samples")?;
        let training = corpus::samples(samples, Split::Train)?;
        let held = corpus::samples(samples, Split::Validation)?;
        if training.shape() != shape {
            return Err(StageError::with_hint(
                "the model was trained on another grid than these samples",
                "give evaluate the samples that the model was trained on",
            ));
        }
        let mean = baselines::mean_roll(&training, &shape);
        let reference = ReferenceData { training, held, shape, mean };
        let findings = findings(context, &params, &model, &corpus, &reference)?;
        let metrics = metrics_json::metrics(&findings);
        let rows: Vec<MetricRow> = metrics_json::flat(&metrics)
            .into_iter()
            .map(|(name, value)| MetricRow { name, value })
            .collect();
        write(&context.out.join("metrics.parquet"), &rows).map_err(StageError::failed)?;
        let text = serde_json::to_string_pretty(&metrics).map_err(StageError::failed)?;
        fs_err::write(context.out.join("metrics.json"), text + "\n")?;
        let report = page::report(input, &corpus, &reference, &findings, params.shown)?;
        fs_err::write(context.out.join("report.html"), render(&report))?;
        let Evaluation { judgement, drawn, .. } = &findings;
        Ok(format!(
            "F1 {:.3} (best baseline {:.3}), {} of {} latent units active, {} songs",
            judgement.density.macro_mean().f1,
            judgement.best_baseline().1,
            judgement.active_units,
            judgement.units,
            drawn.len()
        ))
    }
}

fn findings(
    context: &StageContext<'_>,
    params: &Params,
    model: &Model,
    corpus: &corpus::CorpusInfo,
    reference: &ReferenceData,
) -> Result<Evaluation, StageError> {
    let shape = &reference.shape;
    let judgement = reconstruction::evaluate_model(context, params, model, reference)?;
    let set = context.inputs.get("songs").and_then(|sets| sets.first());
    let drawn = set.map_or(Ok(Vec::new()), |set| songs::drawn(set, shape))?;
    let latents =
        set.map_or(Ok(Vec::new()), |set| rank_correlation::latents(context, set, model))?;
    let drawn_rank_correlation =
        rank_correlation::rank_correlation(context, &latents, model, shape)?;
    let latent = latent::latent(context, model, corpus, &latents)?;
    let measures: Vec<_> = drawn.iter().map(|song| song.measures.clone()).collect();
    let compared = songs::compare(&measures, &judgement.real, shape);
    let copying = copying::copying(context, reference, &measures, &judgement.real)?;
    let moved = aligned::moved(context, reference, &measures, &judgement.real, &copying)?;
    let (of_drawn, of_real) = (&compared.drawn.songs, &compared.real.songs);
    let two_sample = two_sample::two_sample(reference, of_drawn, of_real, &judgement.real);
    Ok(Evaluation {
        drawn,
        copying,
        moved,
        two_sample,
        drawn_rank_correlation,
        latent,
        compared,
        judgement,
    })
}
