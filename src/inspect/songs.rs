use super::Overview;
use super::columns::Columns;
use super::distribution::{Distribution, Unit};
use crate::columnar::{QueryError, Table};
use crate::text::count_of;

/// Columns that make a table one of generated songs.
pub(super) const COLUMNS: [&str; 4] = ["index", "model", "mid", "latent"];
/// Columns of the list of songs.
const SHOWN: [&str; 7] =
    ["mid", "onsets", "density", "distinct_measures", "lowest_pitch", "highest_pitch", "threshold"];

/// Adds the overview of generated songs.
pub(super) fn add_songs(overview: &mut Overview, table: &Table) -> Result<(), QueryError> {
    let data = Columns::read(table, &[&SHOWN[..], &["model", "seed"]].concat())?;
    let models = data.rows_by("model");
    let model = match models.keys().next() {
        Some(model) if models.len() == 1 => {
            let short: String = model.chars().take(12).collect();
            format!("of model {short}, seed {}", data.text("seed", 0))
        }
        _ => format!("of {}", count_of(models.len(), "model")),
    };
    let songs = data.rows() as u64;
    overview.facts(format!("{} {model}", count_of(songs, "song")), &[("count", songs)]);
    let distributions = [
        ("onsets", "onsets", 1.0),
        ("density", "onsets in 1,000 cells", 1e3),
        ("distinct_measures", "different measures", 1.0),
    ];
    let distributions = distributions.map(|(key, title, scale)| {
        let numbers = data.numbers(key).map(|number| number * scale);
        Distribution::compute(key, title, Unit::Plain, numbers.collect())
    });
    overview.distributions(0, distributions.into());
    overview.table("songs", String::new(), data.only(&SHOWN));
    Ok(())
}
