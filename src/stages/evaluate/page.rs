//! The report's values.

use super::super::corpus::{self, CorpusInfo};
use super::latent_section::latent_section;
use super::reconstruction::ReconstructionEval;
use super::song_cards::song_cards;
use super::songs::Compared;
use super::two_sample::{Reference, TwoSample};
use super::{Evaluation, ReferenceData, copying_section};
use crate::columnar::{HistoryRow, read};
use crate::metrics::Feature;
use crate::metrics::features::{FEATURES, KEY_FEATURES};
use crate::metrics::two_sample::histogram::Histograms;
use crate::music::roll::RollShape;
use crate::report::image::{Surface, comparison};
use crate::report::page::{
    Comparison, Curve, FeatureDistance, FeatureHistograms, FeatureRow, Headline, HistogramSet,
    ReconstructionRow, Report, Series, TwoSampleRow, number,
};
use crate::stage_api::{InputSet, StageError};

/// Gathers everything that the page says.
pub(super) fn report(
    input: &InputSet,
    corpus: &CorpusInfo,
    reference: &ReferenceData,
    findings: &Evaluation,
    shown: usize,
) -> Result<Report, StageError> {
    let Evaluation { judgement: model, drawn, compared, two_sample, .. } = findings;
    let shape = corpus.shape;
    let history = read(input.file("model/history.parquet")?).map_err(StageError::failed)?;
    let settings = fs_err::read_to_string(input.file("model/model.json")?)?;
    let trained = input.stage.as_ref().map_or("train", |stage| stage.0.as_str());
    Ok(Report {
        title: "Sixteen measures at a time".into(),
        subtitle: format!(
            "What the model of stage '{trained}' learned from {} samples, and what it plays.{}",
            number(corpus.training_samples as f64),
            corpus::partial(input)?
                .map_or_else(String::new, |what| format!(" Its training {what}."))
        ),
        facts: facts(corpus, model, compared),
        headlines: headlines(findings),
        reconstruction: reconstruction(model),
        curves: curves(&history),
        songs: song_cards(drawn, &compared.drawn.songs, &shape, shown)?,
        form: form(compared),
        comparisons: comparisons(model, &shape)?,
        features: features(compared, two_sample),
        two_sample: shown_kinds(two_sample).map(kind_row).collect(),
        histograms: histograms(two_sample),
        copying: copying_section::copying_section(reference, findings, shown)?,
        latent: findings
            .latent
            .as_ref()
            .map(|latent| latent_section(latent, &shape))
            .transpose()?,
        parameters: vec![("Network".into(), parameters(&settings)?)],
    })
}

fn form(compared: &Compared) -> String {
    let hundred = |share: f64| format!("{:.0} of 100", 100.0 * share);
    let named = compared.drawn.named.zip(compared.real.named);
    named.map_or_else(String::new, |(drawn, real)| {
        format!("That is so in {} drawn and {} real songs.", hundred(drawn), hundred(real))
    })
}

fn facts(
    corpus: &CorpusInfo,
    model: &ReconstructionEval,
    compared: &Compared,
) -> Vec<(String, String)> {
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
        (
            "SampleScore on",
            format!("{} {} samples", number(model.density.samples() as f64), model.on),
        ),
        ("Drawn songs", number(compared.drawn.count as f64)),
        ("Grid", grid),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn headlines(findings: &Evaluation) -> Vec<Headline> {
    let Evaluation { judgement: model, compared, copying, two_sample, .. } = findings;
    let headline = |label: &str, value: String, note: String| Headline {
        label: label.to_owned(),
        value,
        note,
    };
    let three = |value: Option<f64>| value.map_or_else(|| "-".into(), |v| format!("{v:.3}"));
    let (best, score) = model.best_baseline();
    let mut headlines = vec![
        headline(
            "Reconstruction F1",
            format!("{:.3}", model.density.macro_mean().f1),
            format!("best baseline: {} {score:.3}", inside_a_sentence(best)),
        ),
        headline(
            "Active latent units",
            format!("{} of {}", model.active_units, model.units),
            format!(
                "KL {:.1} nats, {:.1} bits on {} samples",
                model.kl_nats,
                model.kl_nats / std::f64::consts::LN_2,
                model.on
            ),
        ),
    ];
    if compared.drawn.count > 0 {
        headlines.push(headline(
            "Likeness of two songs",
            three(compared.drawn.pair_jaccard),
            format!(
                "real songs {}; 1 is one song over and over",
                three(compared.real.pair_jaccard)
            ),
        ));
        headlines.push(headline(
            "Likeness of two measures",
            three(compared.drawn.measure_jaccard),
            format!(
                "real songs {}; 1 is one measure over and over",
                three(compared.real.measure_jaccard)
            ),
        ));
        headlines.push(headline(
            "Likeness to a training song",
            three(copying_section::median(&copying.drawn)),
            format!(
                "validation songs {}; 1 is a copy",
                three(copying_section::median(&copying.real))
            ),
        ));
        let told = |key| two_sample.of(key).and_then(|kind| kind.classifier_accuracy);
        let note = match told("drawn") {
            Some(_) => {
                format!("training samples {}; 0.5 is a guess, 1 is always", three(told("train")))
            }
            None => "too few songs were drawn to say".to_owned(),
        };
        headlines.push(headline("Told from real songs", three(told("drawn")), note));
    }
    headlines
}

fn reconstruction(model: &ReconstructionEval) -> Vec<ReconstructionRow> {
    let row = ReconstructionRow {
        name: "Model".to_owned(),
        about: match model.refined_steps {
            0 => "as many cells as the sample has onsets, the most probable ones".to_owned(),
            steps => format!("its code refined by {steps} gradient steps through the decoder"),
        },
        score: model.density.macro_mean(),
        average_precision: model.average_precision,
        is_baseline: false,
    };
    let encoder = model.encoder.as_ref().map(|tally| ReconstructionRow {
        name: "Encoder".to_owned(),
        about: "the same model, with the code as the encoder gives it".to_owned(),
        score: tally.macro_mean(),
        average_precision: None,
        is_baseline: false,
    });
    let baselines = model.baselines.iter().map(|baseline| ReconstructionRow {
        name: baseline.name.to_owned(),
        about: baseline.about.clone(),
        score: baseline.tally.macro_mean(),
        average_precision: baseline.average_precision,
        is_baseline: true,
    });
    std::iter::once(row).chain(encoder).chain(baselines).collect()
}

type Column = fn(&HistoryRow) -> Option<f64>;

fn curves(history: &[HistoryRow]) -> Vec<Curve> {
    let series = |name: &str, column: Column| Series {
        name: name.to_owned(),
        points: history
            .iter()
            .map(|row| (f64::from(row.epoch), column(row).unwrap_or(f64::NAN)))
            .collect(),
    };
    let pair = |title: &str, unit: &str, train: Column, validation: Column| Curve {
        title: title.to_owned(),
        unit: unit.to_owned(),
        series: vec![series("train", train), series("validation", validation)],
    };
    let mut curves = vec![
        pair("Loss", "per sample", |r| Some(r.loss), |r| r.validation_loss),
        pair(
            "Reconstruction",
            "per sample",
            |r| Some(r.reconstruction),
            |r| r.validation_reconstruction,
        ),
        pair("KL divergence", "nats", |r| Some(r.kl), |r| r.validation_kl),
    ];
    if history.iter().any(|row| row.validation_f1.is_some()) {
        curves.push(Curve {
            title: "Reconstruction F1, by the encoder alone".to_owned(),
            unit: "up to 500 samples".to_owned(),
            series: vec![series("validation", |row| row.validation_f1)],
        });
    }
    curves
}

fn comparisons(
    model: &ReconstructionEval,
    shape: &RollShape,
) -> Result<Vec<Comparison>, StageError> {
    let picture = |shown: &super::reconstruction::Example| {
        let png = comparison(&shown.predicted, &shown.truth, shape, Surface::Clear);
        let png = png.map_err(StageError::failed)?;
        Ok(Comparison { title: shown.title.clone(), png, f1: shown.f1 })
    };
    model.shown.iter().map(picture).collect()
}

fn features(compared: &Compared, two_sample: &TwoSample) -> Vec<FeatureRow> {
    let gap = |key: &str, place: usize| {
        two_sample.of(key).map_or_else(FeatureDistance::default, |kind| gap_of(kind, place))
    };
    let sets = compared.drawn.features.iter().zip(&compared.real.features);
    FEATURES
        .iter()
        .zip(sets)
        .enumerate()
        .map(|(place, (feature, (drawn, real)))| FeatureRow {
            label: feature.label.to_owned(),
            about: feature.about.to_owned(),
            drawn: *drawn,
            real: *real,
            is_key: KEY_FEATURES.contains(&feature.name),
            drawn_gap: gap("drawn", place),
            training_gap: gap("train", place),
        })
        .collect()
}

fn gap_of(kind: &Reference, feature: usize) -> FeatureDistance {
    let (distance, overlap) = kind.features[feature];
    FeatureDistance { distance, overlap }
}

/// The kinds that have a song.
fn shown_kinds(two_sample: &TwoSample) -> impl Iterator<Item = &Reference> {
    two_sample.references.iter().filter(|kind| kind.count > 0)
}

fn histograms(two_sample: &TwoSample) -> Vec<FeatureHistograms> {
    let features = FEATURES.iter().zip(&two_sample.histograms).enumerate();
    let figure = |(place, (feature, found)): (usize, (&_, &Option<Histograms>))| {
        let (feature, found): (&Feature, _) = (feature, found.as_ref()?);
        let real = HistogramSet {
            name: "ReferenceData songs".to_owned(),
            drawn: false,
            real: true,
            shares: found.shares[0].clone(),
            gap: FeatureDistance::default(),
        };
        let kinds = two_sample.references.iter().zip(&found.shares[1..]);
        let kinds = kinds.filter(|(kind, _)| kind.count > 0).map(|(kind, shares)| HistogramSet {
            name: kind.name.to_owned(),
            drawn: kind.key == "drawn",
            real: false,
            shares: shares.clone(),
            gap: gap_of(kind, place),
        });
        Some(FeatureHistograms {
            label: feature.label.to_owned(),
            is_key: KEY_FEATURES.contains(&feature.name),
            low: found.low,
            high: found.high,
            sets: std::iter::once(real).chain(kinds).collect(),
        })
    };
    features.filter_map(figure).collect()
}

fn kind_row(kind: &Reference) -> TwoSampleRow {
    TwoSampleRow {
        name: kind.name.to_owned(),
        about: kind.about.to_owned(),
        drawn: kind.key == "drawn",
        count: kind.count,
        neighbour: kind.nearest_accuracy,
        classifier: kind.classifier_accuracy,
        precision: kind.manifold.map(|manifold| manifold.precision),
        recall: kind.manifold.map(|manifold| manifold.recall),
        coverage: kind.manifold.map(|manifold| manifold.coverage),
    }
}

fn parameters(settings: &str) -> Result<Vec<(String, String)>, StageError> {
    let value: serde_json::Value = serde_json::from_str(settings).map_err(StageError::failed)?;
    let mut rows = Vec::new();
    list(&value, "", &mut rows);
    Ok(rows)
}

fn list(value: &serde_json::Value, name: &str, rows: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| list(value, key, rows));
        }
        serde_json::Value::String(text) => rows.push((name.to_owned(), text.clone())),
        other => rows.push((name.to_owned(), other.to_string())),
    }
}

/// A name without its capital, but for one that is all capitals.
fn inside_a_sentence(name: &str) -> String {
    if name.chars().all(char::is_uppercase) { name.to_owned() } else { name.to_lowercase() }
}
