//! What is written about each epoch: a row of `log.csv`, TensorBoard scalars, a line for the terminal and a row of
//! `history.parquet`.

use crate::columnar::HistoryRow;
use partita_vae::{EpochReport, Losses};

/// A number of an epoch's report.
type Metric = fn(&EpochReport) -> Option<f64>;

/// The columns of `log.csv` after `epoch`, in the order of Keras' CSV logger: by name.
const COLUMNS: [(&str, Metric); 17] = [
    ("active_units", |report| report.active_units.map(|units| units as f64)),
    ("beta", |report| Some(report.beta)),
    ("gradient_norm", |report| report.gradient_norm),
    ("kl", |report| report.train.map(|losses| losses.kl)),
    ("kl_bits", |report| report.train.map(|losses| bits(losses.kl))),
    ("learning_rate", |report| Some(report.learning_rate)),
    ("loss", |report| report.train.map(|losses| losses.loss)),
    ("measure_jaccard", |report| report.metrics.measure_jaccard),
    ("pair_jaccard", |report| report.metrics.pair_jaccard),
    ("reconstruction", |report| report.train.map(|losses| losses.reconstruction)),
    ("samples_per_second", |report| report.samples_per_second),
    ("seconds", |report| Some(report.seconds)),
    ("val_f1", |report| report.metrics.f1),
    ("val_kl", |report| report.validation.map(|losses| losses.kl)),
    ("val_kl_bits", |report| report.validation.map(|losses| bits(losses.kl))),
    ("val_loss", |report| report.validation.map(|losses| losses.loss)),
    ("val_reconstruction", |report| report.validation.map(|losses| losses.reconstruction)),
];

/// TensorBoard's tags for the training samples, and the columns that they show.
pub(super) const TRAIN_SCALARS: [(&str, &str); 8] = [
    ("epoch_loss", "loss"),
    ("epoch_reconstruction", "reconstruction"),
    ("epoch_kl", "kl"),
    ("epoch_kl_bits", "kl_bits"),
    ("gradient_norm", "gradient_norm"),
    ("samples_per_second", "samples_per_second"),
    ("learning_rate", "learning_rate"),
    ("beta", "beta"),
];

/// TensorBoard's tags for the validation samples.
pub(super) const VALIDATION_SCALARS: [(&str, &str); 8] = [
    ("epoch_loss", "val_loss"),
    ("epoch_reconstruction", "val_reconstruction"),
    ("epoch_kl", "val_kl"),
    ("epoch_kl_bits", "val_kl_bits"),
    ("active_units", "active_units"),
    ("epoch_f1", "val_f1"),
    ("pair_jaccard", "pair_jaccard"),
    ("measure_jaccard", "measure_jaccard"),
];

/// Returns an epoch's value in a column of `log.csv`.
pub(super) fn value(report: &EpochReport, column: &str) -> Option<f64> {
    COLUMNS.iter().find(|(name, _)| *name == column).and_then(|(_, metric)| metric(report))
}

/// Returns the first line of `log.csv`.
pub(super) fn csv_header() -> String {
    format!("epoch,{}", COLUMNS.map(|(name, _)| name).join(","))
}

/// Returns an epoch's line of `log.csv`.
pub(super) fn csv_row(report: &EpochReport) -> String {
    let cells = COLUMNS
        .map(|(_, metric)| metric(report).map_or_else(String::new, |value| value.to_string()));
    format!("{},{}", report.epoch, cells.join(","))
}

/// Describes an epoch in a line.
pub(super) fn line(report: &EpochReport, epochs: usize) -> String {
    let losses = report.validation.or(report.train);
    let parts = [
        report.train.map(|train| format!("loss {:.1}", train.loss)),
        report.validation.map(|validation| format!("validation {:.1}", validation.loss)),
        report.metrics.f1.map(|f1| format!("F1 {f1:.3}")),
        losses.map(|Losses { kl, .. }| format!("KL {kl:.1} nats ({:.1} bits)", bits(kl))),
        report.active_units.map(|units| format!("{units} units active")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let line = format!("epoch {} of {epochs}: {}", report.epoch, parts.join(", "));
    line.trim_end().to_owned()
}

/// Describes a training by its last epoch, and the `saved` one if it is another.
pub(super) fn summary(reports: &[EpochReport], saved: usize) -> String {
    let Some(last) = reports.last() else { return String::new() };
    let loss = |name: &str, losses: Option<Losses>| {
        losses.map_or_else(String::new, |losses| format!(", {name} {:.1}", losses.loss))
    };
    let saved = match saved == last.epoch {
        true => String::new(),
        false => format!("; kept: epoch {saved}, the best by F1"),
    };
    format!(
        "{} epoch{}{}{}{saved}",
        last.epoch,
        if last.epoch == 1 { "" } else { "s" },
        loss("loss", last.train),
        loss("validation loss", last.validation)
    )
}

/// Returns the deterministic numbers of a training as rows of `history.parquet`; the untrained network has none.
pub(super) fn history(reports: &[EpochReport], samples: u64) -> Vec<HistoryRow> {
    let row = |report: &EpochReport| {
        let train = report.train?;
        let value = |column| value(report, column);
        Some(HistoryRow {
            epoch: report.epoch as u32,
            steps: report.steps,
            samples: samples * report.epoch as u64,
            learning_rate: report.learning_rate,
            beta: report.beta,
            loss: train.loss,
            reconstruction: train.reconstruction,
            kl: train.kl,
            validation_loss: value("val_loss"),
            validation_reconstruction: value("val_reconstruction"),
            validation_kl: value("val_kl"),
            active_units: report.active_units.map(|units| units as u32),
            gradient_norm: report.gradient_norm.unwrap_or(f64::NAN),
            kl_bits: bits(train.kl),
            validation_kl_bits: value("val_kl_bits"),
            validation_f1: value("val_f1"),
            pair_jaccard: value("pair_jaccard"),
            measure_jaccard: value("measure_jaccard"),
        })
    };
    reports.iter().filter_map(row).collect()
}

fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}
