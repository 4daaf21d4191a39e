//! Gathers the values of the report.

use super::super::corpus::{self, CorpusInfo};
use super::copying_section::copying_section;
use super::decoded::DRAWS;
use super::evaluation::Evaluation;
use super::feature_rows::{feature_histograms, feature_rows};
use super::headlines::headlines;
use super::judges_section::judges_section;
use super::latent_section::latent_section;
use super::reconstruction::ReconstructionEval;
use super::reference::ReferenceData;
use super::song_cards::song_cards;
use crate::columnar::{HistoryRow, read};
use crate::metrics::ScoreAccumulator;
use crate::report::page::{Chart, ReconstructionRow, Report, Series, number};
use crate::stage_api::{InputSet, Result};
use serde_json::Value;

/// Gathers the values of the report, which shows at most `shown` songs.
pub(super) fn report(
    model: &InputSet,
    corpus: &CorpusInfo,
    reference: &ReferenceData,
    evaluation: &Evaluation,
    shown: usize,
) -> Result<Report> {
    let Evaluation { reconstruction, songs, generated, latent, two_sample, .. } = evaluation;
    let shape = &reference.shape;
    let history = read(model.file("model/history.parquet")?)?;
    let settings = fs_err::read_to_string(model.file("model/model.json")?)?;
    let settings = serde_json::from_str(&settings)?;
    let sets = two_sample.sets.iter().filter(|set| set.row.count > 0);
    let latent = latent.as_ref().map(|latent| latent_section(latent, shape));
    Ok(Report {
        title: "Partita report".into(),
        subtitle: subtitle(model, corpus)?,
        facts: facts(corpus, evaluation),
        headlines: headlines(evaluation),
        reconstruction: reconstruction_rows(reconstruction, evaluation.decoded.as_ref()),
        curves: curves(&history),
        songs: song_cards(songs, &generated.songs, shape, shown)?,
        form: form_sentence(evaluation),
        comparisons: reconstruction.examples.clone(),
        features: feature_rows(evaluation),
        judges: judges_section(&evaluation.judging, &evaluation.coding),
        two_sample: sets.map(|set| set.row.clone()).collect(),
        histograms: feature_histograms(evaluation),
        copying: copying_section(reference, evaluation, shown)?,
        latent: latent.transpose()?,
        parameters: vec![("Network".into(), parameters("", &settings))],
    })
}

fn subtitle(model: &InputSet, corpus: &CorpusInfo) -> Result<String> {
    let partial = corpus::partial(model)?.map(|what| format!(" Its training {what}."));
    Ok(format!(
        "The model, trained on {} samples, and the songs that it generates.{}",
        number(corpus.training_samples as f64),
        partial.unwrap_or_default()
    ))
}

fn facts(corpus: &CorpusInfo, evaluation: &Evaluation) -> Vec<(String, String)> {
    let ReconstructionEval { density, on, .. } = &evaluation.reconstruction;
    let shape = corpus.shape;
    let grid = format!(
        "{} measures of {} steps by {} pitches from MIDI {}",
        shape.measures(),
        shape.steps(),
        shape.pitches(),
        shape.lowest_pitch()
    );
    [
        ("Training samples", number(corpus.training_samples as f64)),
        ("Evaluated on", format!("{} {on} samples", number(density.samples as f64))),
        ("Generated songs", number(evaluation.songs.len() as f64)),
        ("Grid", grid),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// Compares how many generated and real songs have named phrases; empty without generated songs.
fn form_sentence(evaluation: &Evaluation) -> String {
    let named = evaluation.generated.named.zip(evaluation.real.named);
    named.map_or_else(String::new, |(generated, real)| {
        let [generated, real] = [generated, real].map(|share| format!("{:.0} %", 100.0 * share));
        format!("That is the case in {generated} of the generated and {real} of the real songs.")
    })
}

fn reconstruction_rows(
    reconstruction: &ReconstructionEval,
    decoded: Option<&ScoreAccumulator>,
) -> Vec<ReconstructionRow> {
    let row = |name: &str, about: String, scores: &ScoreAccumulator| ReconstructionRow {
        name: name.to_owned(),
        about,
        score: scores.macro_mean(),
        average_precision: None,
        is_baseline: false,
    };
    let about = match reconstruction.refined_steps {
        0 => "the most probable cells, as many as the sample has onsets".to_owned(),
        steps => format!("its code refined by {steps} gradient steps through the decoder"),
    };
    let model = ReconstructionRow {
        average_precision: reconstruction.average_precision,
        ..row("Model", about, &reconstruction.density)
    };
    let encoder = reconstruction.encoder.as_ref().map(|scores| {
        row("Encoder", "the same model, with the code of the encoder".to_owned(), scores)
    });
    let decoded = decoded.map(|scores| {
        let about = format!(
            "note by note: the mean of {DRAWS} songs drawn from the code, on {} of the samples",
            scores.samples
        );
        row("Decoder", about, scores)
    });
    let baselines = reconstruction.baselines.iter().map(|baseline| baseline.row.clone());
    std::iter::once(model).chain(encoder).chain(decoded).chain(baselines).collect()
}

type Column = fn(&HistoryRow) -> Option<f64>;

/// Builds the training curves.
fn curves(history: &[HistoryRow]) -> Vec<Chart> {
    let series = |name: &str, column: Column| {
        let point = |row: &HistoryRow| (f64::from(row.epoch), column(row).unwrap_or(f64::NAN));
        Series::line(name, history.iter().map(point).collect())
    };
    let pair = |title: &str, unit: &str, train: Column, validation: Column| {
        let series = vec![series("train", train), series("validation", validation)];
        Chart::over_epochs(title, unit, series)
    };
    let mut curves = vec![
        pair("Loss", "per sample", |row| Some(row.loss), |row| row.validation_loss),
        pair(
            "Reconstruction",
            "per sample",
            |row| Some(row.reconstruction),
            |row| row.validation_reconstruction,
        ),
        pair("KL divergence", "nats", |row| Some(row.kl), |row| row.validation_kl),
    ];
    if history.iter().any(|row| row.validation_f1.is_some()) {
        curves.push(Chart::over_epochs(
            "Reconstruction F1 from the encoder",
            "up to 500 samples",
            vec![series("validation", |row| row.validation_f1)],
        ));
    }
    curves
}

/// Returns name and value of every setting.
fn parameters(name: &str, settings: &Value) -> Vec<(String, String)> {
    match settings {
        Value::Object(entries) => {
            entries.iter().flat_map(|(name, value)| parameters(name, value)).collect()
        }
        Value::String(text) => vec![(name.to_owned(), text.clone())],
        other => vec![(name.to_owned(), other.to_string())],
    }
}
