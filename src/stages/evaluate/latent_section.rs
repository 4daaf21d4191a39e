//! Values of the report's section on the latent space.

use super::latent::{Direction, LatentSpace, STEPS_STD};
use super::reference::Song;
use crate::metrics::latent::Unit;
use crate::music::roll::RollShape;
use crate::report::image::{Surface, contact_sheet};
use crate::report::page::{self, Chart, ComponentRow, Series};
use crate::stage_api::Result;

/// Builds the section: charts, directions, and an interpolation between two songs.
pub(super) fn latent_section(latent: &LatentSpace, shape: &RollShape) -> Result<page::LatentSpace> {
    let draw = |songs: &[Song]| contact_sheet(songs, songs.len(), shape, Surface::Clear);
    let shares = latent.components.explained_variance();
    let component = |(number, (direction, &share)): (usize, (&Direction, &f64))| {
        // Both ends and the middle.
        let songs: Vec<Song> = direction.songs.iter().step_by(2).cloned().collect();
        Ok(ComponentRow {
            title: format!("Component {number}"),
            share,
            steps: STEPS_STD.into_iter().zip(direction.expected.iter().copied()).collect(),
            png: draw(&songs)?,
        })
    };
    let components = (1..).zip(latent.directions.iter().zip(&shares)).map(component);
    let interpolation = Some(&latent.interpolation).filter(|songs| !songs.is_empty());
    Ok(page::LatentSpace {
        summary: summary(latent, &shares),
        charts: charts(latent, &shares),
        components: components.collect::<Result<_>>()?,
        interpolation: interpolation.map(|songs| draw(songs)).transpose()?,
    })
}

fn summary(latent: &LatentSpace, shares: &[f64]) -> String {
    let gap: f64 = latent.units.iter().map(|unit| unit.gap_nats).sum();
    let kl: f64 = latent.units.iter().map(|unit| unit.kl_nats).sum();
    let half = cumulative(shares).into_iter().position(|share| share >= 0.5);
    let half = half.map_or_else(String::new, |last| {
        format!(
            " Half of the variance of the codes is along {} of {} directions.",
            last + 1,
            shares.len()
        )
    });
    format!(
        "A code carries {kl:.1} nats about its sample, on average over {} training samples. Summed over the units, the \
         aggregate posterior is {gap:.2} nats from the prior: 0 if vectors drawn from the prior are distributed like \
         the codes.{half}",
        latent.samples
    )
}

fn cumulative(shares: &[f64]) -> Vec<f64> {
    let add = |sum: &mut f64, share: &f64| {
        *sum += share;
        Some(*sum)
    };
    shares.iter().scan(0.0, add).collect()
}

fn charts(latent: &LatentSpace, shares: &[f64]) -> Vec<Chart> {
    let chart = |title: &str, [x_label, y_label]: [&str; 2], series: Vec<Series>| Chart {
        title: title.to_owned(),
        x_label: x_label.to_owned(),
        y_label: y_label.to_owned(),
        shows_last: false,
        series,
    };
    // Values over the numbers from 1.
    let line = |name: &str, values: Vec<f64>| {
        Series::line(name, (1_u32..).map(f64::from).zip(values).collect())
    };
    let dots = |name: &str, points: &[[f64; 2]]| Series {
        name: name.to_owned(),
        dots: true,
        points: points.iter().map(|&[x, y]| (x, y)).collect(),
    };
    let mut units = latent.units.clone();
    units.sort_by(|a, b| b.kl_nats.total_cmp(&a.kl_nats));
    let by_unit =
        |name: &str, value: fn(&Unit) -> f64| line(name, units.iter().map(value).collect());
    let unit = "unit, most informative first";
    vec![
        chart(
            "Mean and standard deviation of the units",
            [unit, "value; the prior has mean 0, standard deviation 1"],
            vec![
                by_unit("standard deviation of the codes", |unit| unit.deviation),
                by_unit("standard deviation within a posterior", |unit| unit.posterior_deviation),
                by_unit("mean of the codes", |unit| unit.mean),
            ],
        ),
        chart(
            "Divergence from the prior",
            [unit, "nats"],
            vec![
                by_unit("posterior of a sample", |unit| unit.kl_nats),
                by_unit("aggregate posterior", |unit| unit.gap_nats),
            ],
        ),
        chart(
            "Principal components of the codes",
            ["component", "share of the variance"],
            vec![line("cumulative", cumulative(shares)), line("single", shares.to_vec())],
        ),
        chart(
            "Map of the corpus",
            ["first component", "second component"],
            vec![dots("training samples", &latent.map), dots("generated songs", &latent.generated)],
        ),
    ]
}
