use super::Overview;
use super::chart::Curve;
use super::columns::Columns;
use super::panel::keyed;
use super::table::render_table;
use crate::columnar::{QueryError, Table};
use crate::text::{count_of, significant};

/// Columns that make a table the history of a training.
pub(super) const COLUMNS: [&str; 4] = ["epoch", "samples", "loss", "kl"];
/// Columns of the table of epochs, the most important first.
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
/// Minimum width of a curve.
const MIN_CURVE: usize = 30;
/// Rows of the table of epochs; of more epochs, some are skipped.
const MAX_EPOCHS: usize = 24;

/// Adds the overview of a training's history.
pub(super) fn add_history(overview: &mut Overview, table: &Table) -> Result<(), QueryError> {
    let data = Columns::read(table, &[&SHOWN[..], &["samples"]].concat())?;
    add_facts(overview, &data);
    let (training, validation) = ("training loss", "validation loss");
    let titles =
        [("loss", training), ("validation_loss", validation), ("kl", "KL, nats per sample")];
    let curves = titles.into_iter().filter_map(|(key, title)| {
        let values: Vec<f64> = data.numbers(key).collect();
        (!values.is_empty()).then(|| keyed(key, Curve { title, values }))
    });
    overview.panels(MIN_CURVE, curves.collect());
    let epochs = data.only(&SHOWN);
    overview.json.insert("epochs".into(), epochs.to_json());
    let shown = epochs.thinned(MAX_EPOCHS);
    let skipped = epochs.len() - shown.len();
    overview.part(move |columns| match skipped {
        0 => render_table(&shown, columns),
        _ => format!(
            "{}… {} between these\n",
            render_table(&shown, columns),
            count_of(skipped, "row")
        ),
    });
    Ok(())
}

fn add_facts(overview: &mut Overview, data: &Columns) {
    let epochs = data.rows() as u64;
    let samples = data.numbers("samples").fold(0.0, f64::max) as u64;
    let mut sentence =
        format!("{}, {} seen", count_of(epochs, "epoch"), count_of(samples, "sample"));
    let loss = |row| Some((data.number("validation_loss", row)?, data.text("epoch", row)));
    let losses: Vec<(f64, String)> = (0..data.rows()).filter_map(loss).collect();
    let best = losses.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    if let (Some((last, _)), Some((best, epoch))) = (losses.last(), best) {
        let [last, best] = [*last, *best].map(|loss| significant(loss, 4));
        let lowest = format!("lowest in epoch {epoch}: {best}");
        sentence += &format!("; validation loss {last} at the end, {lowest}");
    }
    overview.facts(sentence, &[("epochs_done", epochs), ("samples_seen", samples)]);
}
