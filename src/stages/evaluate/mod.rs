//! `evaluate`: how well the model gives back what it is shown, and what its songs are like beside real ones.
//!
//! Writes `metrics.json`, `metrics.parquet` (the same numbers, a row each, names dotted) and `report.html`.
//!
//! | name in `metrics.json` | meaning |
//! |---|---|
//! | `reconstruction.{precision,recall,f1}` | density-matched, mean over validation samples |
//! | `reconstruction.half.{precision,recall,f1}` | cells of probability 0.5 or more, mean over samples |
//! | `reconstruction.baselines.<name>.{precision,recall,f1}` | `pca` (density-matched), `mean_roll`, `previous_measure`, `all_zero` |
//! | `reconstruction.baselines.pca.components` | principal components of the training samples: as many as the model has latent units, fewer where the samples have no more |
//! | `reconstruction.samples` | how many samples that is the mean of |
//! | `reconstruction.on` | `validation`, or `train` where there is no validation sample |
//! | `latent.{units,active_units,kl_nats,kl_bits}` | over the same samples; active: variance of the mean above 0.01 |
//! | `songs.count`, `real.count` | drawn songs; the same samples |
//! | `songs.pair_jaccard`, `real.pair_jaccard` | mean Jaccard index of two songs' cells |
//! | `songs.measure_jaccard`, `real.measure_jaccard` | mean Jaccard index of two measures of a song |
//! | `songs.features.<name>`, `real.features.<name>` | min, q1, median, q3, max, mean of a song's feature |

mod baselines;
mod figures;
mod judge;
mod page;
mod songs;

use super::corpus;
use crate::columnar::{MetricRow, write};
use crate::report::page::render;
use crate::spec::{Accepts, Constant, Cpus, Input, Kind, Output, Parameter, Source};
use crate::stage::{Context, Exhibit, Shelf, Stage, StageError};
use serde::Deserialize;

pub(super) struct Evaluate;

const KIND: Kind = Kind {
    name: "evaluate",
    about: "Measure a model and its songs beside baselines and real songs; write a report",
    // 2: the baseline `pca`.
    version: 2,
    params: &[
        Parameter {
            name: "samples",
            about: "At most so many real samples are judged, evenly spread; 0: all.",
            accepts: Accepts::Integer(0, i64::MAX),
            default: Constant::Integer(2000),
        },
        Parameter {
            name: "shown",
            about: "Drawn songs, and reconstructions, that the report shows.",
            accepts: Accepts::Integer(0, 1000),
            default: Constant::Integer(16),
        },
    ],
    inputs: &[
        Input {
            name: "samples",
            about: "Real samples.",
            source: Source::Stage { kinds: &["extract"], output: None },
            required: true,
        },
        Input {
            name: "model",
            about: "A trained model.",
            source: Source::Stage { kinds: &["train"], output: Some("model") },
            required: true,
        },
        Input {
            name: "songs",
            about: "Songs drawn from the model.",
            source: Source::Stage { kinds: &["generate"], output: None },
            required: false,
        },
    ],
    outputs: &[
        Output { name: "metrics", path: "metrics.json", about: "Every number, nested." },
        Output { name: "table", path: "metrics.parquet", about: "Every number, one row each." },
        Output { name: "report", path: "report.html", about: "The page that a person reads." },
    ],
    filter: false,
    command: false,
    cpus: Cpus::All,
    seeded: false,
    asides: &[],
};

const EXHIBITS: &[Exhibit] = &[
    Exhibit { of: Shelf::Outputs, from: "report.html", to: "report.html" },
    Exhibit { of: Shelf::Outputs, from: "metrics.json", to: "metrics.json" },
];

#[derive(Deserialize)]
struct Params {
    samples: usize,
    shown: usize,
}

impl Stage for Evaluate {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn exhibits(&self) -> &'static [Exhibit] {
        EXHIBITS
    }

    fn run(&self, context: &Context<'_>) -> Result<String, StageError> {
        let params: Params = context.parameters()?;
        let input = context.input("model")?;
        let (model, corpus) = corpus::model(input)?;
        let shape = corpus.shape();
        let samples = context.input("samples")?;
        let training = corpus::samples(samples, "train")?;
        let held = corpus::samples(samples, "validation")?;
        if corpus::shape(training.grid()) != shape {
            return Err(StageError::advised(
                "the model was trained on another grid than these samples",
                "give evaluate the samples that the model was trained on",
            ));
        }
        let judgement = judge::judge(context, &params, &model, [&training, &held], &shape)?;
        let drawn = match context.inputs.get("songs").and_then(|sets| sets.first()) {
            Some(set) => songs::drawn(set, &shape)?,
            None => Vec::new(),
        };
        let compared = songs::compare(&drawn, &judgement.real, &shape);
        let metrics = figures::metrics(&judgement, &compared);
        let rows: Vec<MetricRow> = figures::flat(&metrics)
            .into_iter()
            .map(|(name, value)| MetricRow { name, value })
            .collect();
        write(&context.out.join("metrics.parquet"), &rows).map_err(StageError::failed)?;
        let text = serde_json::to_string_pretty(&metrics).map_err(StageError::failed)?;
        fs_err::write(context.out.join("metrics.json"), text + "\n")?;
        let report = page::report(input, &corpus, &judgement, &drawn, &compared, params.shown)?;
        fs_err::write(context.out.join("report.html"), render(&report))?;
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
