use super::block::Block;
use super::columns::Columns;
use super::distribution::{Distribution, Unit};
use crate::columnar::{QueryError, Table};
use crate::text::count_of;

/// What makes a table one of drawn songs.
pub(super) const COLUMNS: [&str; 4] = ["index", "model", "mid", "latent"];
/// The columns of the list of songs.
const SHOWN: [&str; 7] =
    ["mid", "onsets", "density", "distinct_measures", "lowest_pitch", "highest_pitch", "threshold"];

/// The drawn songs.
pub(super) fn blocks(table: &Table) -> Result<Vec<Block>, QueryError> {
    let data = Columns::read(table, &[&SHOWN[..], &["model", "seed"]].concat())?;
    let models = data.rows_by("model");
    let model = match models.keys().next() {
        Some(model) if models.len() == 1 => {
            let short: String = model.chars().take(12).collect();
            format!(" of model {short}, seed {}", data.text("seed", 0))
        }
        _ => format!(" of {} models", models.len()),
    };
    let songs = data.rows() as u64;
    let shapes = [
        ("onsets", "onsets", Unit::Plain),
        ("density", "onsets in 1,000 cells", Unit::Plain),
        ("distinct_measures", "different measures", Unit::Plain),
    ];
    let shapes = shapes.into_iter().filter_map(|(name, title, unit)| {
        let scale = if name == "density" { 1e3 } else { 1.0 };
        let shape = Distribution::of(title, unit, data.numbers(name).map(|number| number * scale))?;
        Some((name, shape))
    });
    Ok(vec![
        Block::Facts(format!("{}{model}", count_of(songs, "song")), vec![("count", songs)]),
        Block::Distributions(0, shapes.collect()),
        Block::Table("songs", String::new(), data.only(&SHOWN)),
    ])
}
