use super::block::{Block, Panel};
use super::chart::Curve;
use super::columns::Columns;
use crate::columnar::{QueryError, Table};
use crate::text::{count, count_of, significant};

/// What makes a table the history of a training.
pub(super) const COLUMNS: [&str; 4] = ["epoch", "samples", "loss", "kl"];
/// The columns of the table of epochs, the most important first.
const SHOWN: [&str; 14] = [
    "epoch",
    "loss",
    "validation_loss",
    "validation_f1",
    "reconstruction",
    "validation_reconstruction",
    "kl",
    "validation_kl",
    "active_units",
    "beta",
    "learning_rate",
    "gradient_norm",
    "pair_jaccard",
    "measure_jaccard",
];
/// Columns of a curve, at least.
const CURVE: usize = 30;

/// The course of a training.
pub(super) fn blocks(table: &Table) -> Result<Vec<Block>, QueryError> {
    let data = Columns::read(table, &[&SHOWN[..], &["samples"]].concat())?;
    let curve = |key: &'static str, title| {
        let values: Vec<f64> = data.numbers(key).collect();
        (!values.is_empty()).then_some((key, Panel::Curve(Curve { title, values })))
    };
    let curves = [
        curve("loss", "training loss"),
        curve("validation_loss", "validation loss"),
        curve("kl", "KL, nats a sample"),
    ];
    Ok(vec![
        facts(&data),
        Block::Panels(CURVE, curves.into_iter().flatten().collect()),
        Block::Course("epochs", data.only(&SHOWN)),
    ])
}

fn facts(data: &Columns) -> Block {
    let epochs = data.rows() as u64;
    let samples = data.numbers("samples").fold(0.0, f64::max) as u64;
    let mut sentence = format!("{}, {} samples seen", count_of(epochs, "epoch"), count(samples));
    let losses = (0..data.rows()).filter_map(|row| {
        Some((data.at("validation_loss", row).number()?, data.text("epoch", row)))
    });
    let losses: Vec<(f64, String)> = losses.collect();
    let best = losses.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    if let (Some((last, _)), Some((best, epoch))) = (losses.last(), best) {
        let [last, best] = [*last, *best].map(|value| significant(value, 4));
        sentence.push_str(&format!(
            "; validation loss {last} at the end, least in epoch {epoch}: {best}"
        ));
    }
    Block::Facts(sentence, vec![("epochs_done", epochs), ("samples_seen", samples)])
}
