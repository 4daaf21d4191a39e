//! `evaluate`: measures the reconstruction of a model, and compares its songs with real ones.
//!
//! Writes `metrics.json`, `metrics.parquet` (the same numbers, one row each, with dotted names), `report.html` and
//! `pairs.html`, in which a listener guesses which song of each pair is real.
//!
//! | name in `metrics.json` | meaning |
//! |---|---|
//! | `reconstruction.{precision,recall,f1}` | density-matched, mean over validation samples |
//! | `reconstruction.refined_steps` | gradient steps that refined each code through the decoder; 0: the encoder's code |
//! | `reconstruction.encoder.{precision,recall,f1}` | the same from the encoder's codes |
//! | `reconstruction.decoder.{precision,recall,f1}` | the same by the note-by-note decoder: the mean of the probabilities of eight songs drawn from a code, on up to 100 of the samples (`samples`); `null` without a decoder |
//! | `reconstruction.average_precision` | area under the precision-recall curve, mean over the samples that have an onset |
//! | `reconstruction.half.{precision,recall,f1}` | cells with a probability of at least 0.5, mean over samples |
//! | `reconstruction.baselines.<name>.{precision,recall,f1}` | `pca` (density-matched), `mean_roll`, `previous_measure`, `all_zero` |
//! | `reconstruction.baselines.{pca,mean_roll}.average_precision` | average precision of the baselines that rank all cells |
//! | `reconstruction.baselines.pca.components` | principal components of the training samples: as many as the model has latent units, or as the samples have if fewer |
//! | `reconstruction.samples` | number of samples |
//! | `reconstruction.on` | `validation`, or `train` if there are no validation samples |
//! | `latent.{units,active_units,kl_nats,kl_bits}` | over the same samples; a unit is active if the variance of its mean exceeds 0.01 |
//! | `latent.posterior_samples` | training samples whose posteriors the model holds; the following metrics are over these, and `null` like this one for a model of an older version |
//! | `latent.by_unit.<name>` | lists over the units: `mean` and `deviation` of the posterior means, `posterior_deviation`, `kl_nats` of the posteriors, `gap_nats` between the aggregate posterior and the prior |
//! | `latent.gap_nats` | sum of the gaps |
//! | `latent.spectrum`, `latent.effective_components` | share of the variance of the posterior means along each principal component, a list; participation ratio of these shares |
//! | `latent.map.{train,drawn}` | positions of up to 1000 of these samples, and of the generated songs, along the first two components |
//! | `latent.components` | of the first three: expected `onsets`, `pitch_mean`, `pitch_class_entropy`, `scale_consistency` of the decoded points at -2, -1, 0, 1, 2 standard deviations from the mean, lists |
//! | `songs.count`, `real.count` | generated songs; real samples |
//! | `songs.pair_jaccard`, `real.pair_jaccard` | mean Jaccard index of two songs' cells |
//! | `songs.measure_jaccard`, `real.measure_jaccard` | mean Jaccard index of two measures of a song |
//! | `songs.rank_correlation`, `real.rank_correlation` | mean Spearman correlation of the probabilities of two generated songs, and of two of up to 100 reconstructions; 1: they differ only in volume |
//! | `songs.controls.{onsets,pitch_mean,pitch_class_entropy}` | Spearman correlation of a feature of the songs with its expectation under the model's probabilities, given their codes |
//! | `songs.nearest_training`, `real.nearest_training` | min, q1, median, q3, max, mean of the Jaccard index with the nearest training sample; `real`: of the validation samples |
//! | `songs.nearest_moved`, `real.nearest_moved` | the same over all alignments: the sample may be transposed by up to an octave and rotated to begin at any of its measures; `real`: of at most as many validation samples as generated songs, or 100 |
//! | `songs.longest_run`, `real.longest_run` | min, q1, median, q3, max, mean of the longest run of chords shared with a training sample, at any place and in any transposition, in moves from chord to chord; `real`: of the validation samples |
//! | `copying.shortlist` | samples per song on which every alignment is tried, the most promising ones |
//! | `copying.untried` | upper bound of the similarity between a generated song and a sample that is not on its shortlist; 0: all were tried |
//! | `copying.{checked,recall,shortfall}` | number of songs on which every alignment of every sample was tried, share of them whose shortlist holds a nearest sample, and mean difference to the highest similarity in the shortlist |
//! | `songs.within_quartiles.<feature>` | whether the median of the generated songs is between the real quartiles, for six key features |
//! | `songs.within_quartiles.count` | number of these features for which it is |
//! | `songs.features.<name>`, `real.features.<name>` | min, q1, median, q3, max, mean of a song's feature |
//! | `songs.sections.named`, `real.sections.named` | share of the songs in which a phrase (a quarter of the song) recurs after something else |
//! | `songs.sections.<name>`, `real.sections.<name>` | share of the songs with a phrase of this name: `intro`, `verse`, `chorus`, `bridge`, `outro` |
//! | `two_sample.<set>` | a set of songs compared with equally many real samples: `drawn`, generated songs; `train`, training samples; `shuffled`, those with their measures in random order; `mean_roll`, the most frequent cells; `noise`, random cells, each as often as in the training samples |
//! | `two_sample.<set>.count` | songs in the set: as many as were generated, at most 1000; 100 if none were |
//! | `two_sample.<set>.{nearest_accuracy,classifier_accuracy}` | accuracy of the nearest neighbour and of a logistic regression on all features; 0.5: the sets cannot be told apart |
//! | `two_sample.<set>.{precision,recall,coverage}` | share of the songs among real ones, of the real ones among them, of the real ones with one of them among their neighbours |
//! | `two_sample.<set>.features.<name>.{wasserstein,overlap}` | distance of a feature's values, in its unit; overlap of the histograms |
//! | `judges.<judge>.{accuracy,low,high}` | share of generated and real songs that a judge recognizes, and its 95 % interval (Wilson, by the number of groups); `features` and `counts`, logistic regressions; `neighbour`; `trees`; `notes`, a network: see [`judges`](crate::metrics::judges) |
//! | `judges.<judge>.{null,power}` | the same between real songs of different groups, and between real songs and others with 5 % of the notes moved a semitone |
//! | `judges.<judge>.{reconstructed,train,shuffled}` | the same of reconstructions, training samples, and those with their measures in random order |
//! | `judges.worst.*` | the same of the judge with the highest accuracy on generated songs; its name: `judge` |
//! | `judges.{side,songs,others,moved}` | side of the split that real songs are from, `judging` if there is one; songs in each set, at most 500; real songs in null and power; share of the moved notes |
//! | `judges.clues` | the counts that contribute most to the trees, a list: name, `weight` of all, mean in `real` and `generated` songs |
//! | `coder.{bits_per_onset,mean_bits_per_onset}` | bits that a note of real songs costs under a coder that only counts, see [`coder`](crate::metrics::coder): over all onsets, and the mean over songs; `null` if real songs are training samples |
//! | `coder.drawn.*` | the same of generated songs |
//! | `decoder.*` | `bits.json` of the decoder: bits per onset of validation samples; `null` without a decoder |
//! | `coder.learned` | training samples that the coder counted, at most 300 |
//! | `histograms.<feature>.ends` | ends of the grid that all sets share |
//! | `histograms.<feature>.<set>` | shares of the songs in its bins, a list; `real`, and the sets of `two_sample` |
//!
//! Undefined values are `null`: those of too few songs, of songs that another network generated, and of comparisons with
//! validation samples if there are none.

mod aligned;
mod baselines;
mod coding;
mod controls;
mod copying;
mod copying_section;
mod decoded;
mod evaluation;
mod feature_rows;
mod headlines;
mod judges;
mod judges_json;
mod judges_section;
mod latent;
mod latent_section;
mod metrics_json;
mod page;
mod pairs;
mod posterior_stats;
mod probabilities;
mod reconstruction;
mod reference;
mod scan_training;
mod shared_runs;
mod song_cards;
mod songs;
mod two_sample;

use super::corpus;
use super::refining::Refining;
use crate::columnar::write;
use crate::params::{Params as _, UNLIMITED, params};
use crate::report::page::{render, render_pairs};
use crate::spec::{Cpus, Input, Output, Required, StageKind};
use crate::stage_api::{Result, RunExport, StageContext, StageImpl};
use crate::text::count_of;
use evaluation::Evaluation;
use reference::ReferenceData;

pub(super) struct Evaluate;

const KIND: StageKind = StageKind {
    name: "evaluate",
    about: "Measure a model and its songs against baselines and real songs; write a report",
    // 2: the baseline `pca`. 3: average precision, nearest training samples, rank correlation, quartiles, the
    // two-sample tests. 4: refined codes beside the encoder's. 5: the page plays songs, and offers them as
    // sheet music and as arrays. 6: histograms, copies over alignments, motifs and phrases, effective measures and
    // best period, the latent space. 7: bound of the similarity of untried samples; intervals and groove. 8: the texts
    // of the page in plainer words; one style for all charts. 9: the page does not name the stage of the model.
    // 10: judges, the counting coder, controls, shared runs, pairs of real and generated songs,
    // reconstruction by the decoder.
    version: 10,
    params: Params::PARAMETERS,
    inputs: &[
        Input::from_stage("samples", "Real samples.", &["extract"], None),
        corpus::MODEL,
        Input {
            required: Required::No,
            ..Input::from_stage("songs", "Songs generated by the model.", &["generate"], None)
        },
        Input {
            required: Required::No,
            ..Input::from_stage("decoder", "A decoder of the model.", &["decoder"], Some("decoder"))
        },
    ],
    outputs: &[
        Output::new("metrics", "metrics.json", "Every number, nested."),
        Output::new("table", "metrics.parquet", "Every number, one row each."),
        Output::new("report", "report.html", "A page with the results."),
        Output::new("pairs", "pairs.html", "A page with 20 pairs: which song is real?"),
    ],
    cpus: Cpus::All,
    ..StageKind::BASE
};

const RUN_EXPORTS: &[RunExport] = &[
    RunExport::output("report.html", "report.html"),
    RunExport::output("pairs.html", "pairs.html"),
    RunExport::output("metrics.json", "metrics.json"),
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

impl StageImpl for Evaluate {
    fn kind(&self) -> &'static StageKind {
        &KIND
    }

    fn run_exports(&self) -> &'static [RunExport] {
        RUN_EXPORTS
    }

    fn run(&self, context: &StageContext<'_>) -> Result<String> {
        let params: Params = context.parameters()?;
        let input = context.input("model")?;
        let (model, corpus) = corpus::model(input)?;
        let reference = ReferenceData::open(context.input("samples")?, corpus.shape)?;
        let evaluation = Evaluation::compute(context, &params, &model, &corpus, &reference)?;
        let metrics = metrics_json::metrics(&evaluation);
        write(&context.out.join("metrics.parquet"), &metrics_json::flatten(&metrics))?;
        let text = serde_json::to_string_pretty(&metrics)?;
        fs_err::write(context.out.join("metrics.json"), text + "\n")?;
        let report = page::report(input, &corpus, &reference, &evaluation, params.shown)?;
        fs_err::write(context.out.join("report.html"), render(&report))?;
        let pairs = pairs::pairs(&reference, &evaluation.songs)?;
        fs_err::write(context.out.join("pairs.html"), render_pairs(&pairs))?;
        let Evaluation { reconstruction, songs, .. } = &evaluation;
        Ok(format!(
            "F1 {:.3} (best baseline {:.3}), {} of {} latent units active, {}",
            reconstruction.density.macro_mean().f1,
            reconstruction.best_baseline().1,
            reconstruction.active_units,
            reconstruction.units,
            count_of(songs.len(), "song")
        ))
    }
}
