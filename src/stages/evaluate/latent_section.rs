//! The page's part on the latent space.

use super::latent::{Latent, Played, STEPS_STD};
use crate::metrics::latent::Unit;
use crate::music::roll::RollShape;
use crate::report::image::{Surface, contact_sheet};
use crate::report::page::{ComponentRow, ComponentStep, LatentSpace, Plot, PlotSeries};
use crate::stage_api::StageError;

/// Charts, directions and the lerp_points between two songs.
pub(super) fn latent_section(
    latent: &Latent,
    shape: &RollShape,
) -> Result<LatentSpace, StageError> {
    let shares = latent.components.shares();
    let rows = latent.played.iter().zip(&shares).enumerate();
    let rows = rows.map(|(place, (played, &share))| component(place, played, share, shape));
    let between = match latent.between.as_slice() {
        [] => None,
        songs => Some(
            contact_sheet(songs, songs.len(), shape, Surface::Clear).map_err(StageError::failed)?,
        ),
    };
    Ok(LatentSpace {
        summary: summary(latent, &shares),
        plots: vec![units(latent), information(latent), spectrum(&shares), map(latent)],
        components: rows.collect::<Result<_, _>>()?,
        between,
    })
}

fn summary(latent: &Latent, shares: &[f64]) -> String {
    let gap: f64 = latent.units.iter().map(|unit| unit.gap_nats).sum();
    let kl: f64 = latent.units.iter().map(|unit| unit.kl_nats).sum();
    let half = cumulative(shares).into_iter().position(|share| share >= 0.5);
    let spread = half.map_or_else(String::new, |last| {
        format!(" Half of the variance of the codes lies along {} of {}", last + 1, shares.len())
            + " directions."
    });
    format!(
        "A code tells {kl:.1} nats of its sample, on the mean over {} training samples. Unit by unit, their codes \
         together are {gap:.2} nats away from the prior: 0 if songs drawn from the prior lie where the codes \
         do.{spread}",
        latent.samples
    )
}

fn cumulative(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    shares
        .iter()
        .map(|share| {
            sum += share;
            sum
        })
        .collect()
}

/// Counted from 1, in their order.
fn counted(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    (1u32..).map(f64::from).zip(values).collect()
}

fn line(name: &str, values: impl IntoIterator<Item = f64>) -> PlotSeries {
    PlotSeries { name: name.to_owned(), dots: false, points: counted(values) }
}

/// Those that tell most first.
fn ordered(latent: &Latent) -> Vec<Unit> {
    let mut units = latent.units.clone();
    units.sort_by(|a, b| b.kl_nats.total_cmp(&a.kl_nats));
    units
}

fn units(latent: &Latent) -> Plot {
    let units = ordered(latent);
    let of = |figure: fn(&Unit) -> f64| units.iter().map(figure).collect::<Vec<_>>();
    Plot {
        title: "Mean and deviation of the units".to_owned(),
        x_label: "unit, the one that tells most first".to_owned(),
        y_label: "value; the prior has mean 0, deviation 1".to_owned(),
        series: vec![
            line("deviation of the codes", of(|unit| unit.deviation)),
            line("deviation within a posterior", of(|unit| unit.posterior_deviation)),
            line("mean of the codes", of(|unit| unit.mean)),
        ],
    }
}

fn information(latent: &Latent) -> Plot {
    let units = ordered(latent);
    let of = |figure: fn(&Unit) -> f64| units.iter().map(figure).collect::<Vec<_>>();
    Plot {
        title: "Prior and posteriors".to_owned(),
        x_label: "unit, the one that tells most first".to_owned(),
        y_label: "nats".to_owned(),
        series: vec![
            line("told of a sample", of(|unit| unit.kl_nats)),
            line("all samples together, from the prior", of(|unit| unit.gap_nats)),
        ],
    }
}

fn spectrum(shares: &[f64]) -> Plot {
    Plot {
        title: "Principal components of the codes".to_owned(),
        x_label: "component".to_owned(),
        y_label: "share of the variance".to_owned(),
        series: vec![
            line("up to this one", cumulative(shares)),
            line("this one", shares.iter().copied()),
        ],
    }
}

fn map(latent: &Latent) -> Plot {
    let dots = |name: &str, points: &[[f64; 2]]| PlotSeries {
        name: name.to_owned(),
        dots: true,
        points: points.iter().map(|&[x, y]| (x, y)).collect(),
    };
    Plot {
        title: "Map of the corpus".to_owned(),
        x_label: "first component".to_owned(),
        y_label: "second component".to_owned(),
        series: vec![dots("training samples", &latent.map), dots("drawn songs", &latent.drawn)],
    }
}

fn component(
    place: usize,
    played: &Played,
    share: f64,
    shape: &RollShape,
) -> Result<ComponentRow, StageError> {
    // Both ends and the middle are enough for the eye.
    let songs: Vec<_> = played.songs.iter().step_by(2).cloned().collect();
    let steps =
        STEPS_STD.iter().zip(&played.expected).map(|(&deviations, expected)| ComponentStep {
            deviations,
            onsets: expected.onsets,
            pitch_mean: expected.pitch_mean,
            pitch_class_entropy: expected.pitch_class_entropy,
            scale_consistency: expected.scale_consistency,
        });
    Ok(ComponentRow {
        title: format!("Component {}", place + 1),
        share,
        steps: steps.collect(),
        png: contact_sheet(&songs, songs.len(), shape, Surface::Clear)
            .map_err(StageError::failed)?,
    })
}
