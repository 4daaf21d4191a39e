//! The steps of expectation-maximization (Bishop 2006, section 9.2).
//!
//! Two rules keep components with few points valid: no variance falls below a hundredth of that of all
//! points, and correlations are scaled by `n / (n + dimensions)` for `n` points.

use super::gaussian::Gaussian;
use super::linear::{Triangle, add_outer, dot, squared_distance};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Minimum variance of a component, as a share of the variance of all points.
const MIN_VARIANCE_SHARE: f64 = 0.01;
/// Variance assumed for points that do not vary.
const MIN_VARIANCE: f64 = 1e-9;
/// A point with a smaller responsibility does not affect a component.
const MIN_RESPONSIBILITY: f64 = 1e-9;

/// Which correlations a component has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Covariance {
    /// None.
    Diagonal,
    /// All.
    Full,
}

/// A component during the fit.
pub(super) struct Component {
    pub(super) weight: f64,
    mean: Vec<f64>,
    covariance: Triangle,
    density: Density,
    /// Logarithm of weight times density at the mean, up to a constant that all components share.
    log_peak: f64,
}

/// The covariance in the form that densities need.
enum Density {
    /// Reciprocals of the variances.
    Diagonal(Vec<f64>),
    /// Cholesky factor.
    Full(Triangle),
}

/// Scratch space for a density.
type Buffers = (Vec<f64>, Vec<f64>);

impl Component {
    fn new(weight: f64, mean: Vec<f64>, covariance: Triangle, kind: Covariance) -> Self {
        let (density, log_stds) = match kind {
            Covariance::Diagonal => {
                let variances = (0..mean.len()).map(|row| covariance.row(row)[row]);
                let precisions: Vec<f64> = variances.map(f64::recip).collect();
                let logs = precisions.iter().map(|precision| precision.ln());
                let log_stds = -0.5 * logs.sum::<f64>();
                (Density::Diagonal(precisions), log_stds)
            }
            Covariance::Full => {
                let factor = covariance.cholesky();
                let log_stds = factor.log_diagonal();
                (Density::Full(factor), log_stds)
            }
        };
        Self { weight, mean, covariance, density, log_peak: weight.ln() - log_stds }
    }

    /// Returns the logarithm of weight times density, up to a constant that all components share.
    fn log_density(&self, point: &[f64], (centred, solved): &mut Buffers) -> f64 {
        centred.clear();
        centred.extend(point.iter().zip(&self.mean).map(|(x, mean)| x - mean));
        let distance = match &self.density {
            Density::Diagonal(precisions) => {
                solved.clear();
                solved.extend(centred.iter().zip(precisions).map(|(x, precision)| x * precision));
                dot(centred, solved)
            }
            Density::Full(factor) => squared_distance(factor, centred, solved),
        };
        self.log_peak - 0.5 * distance
    }

    /// Returns the distribution, with `more` added to the variances.
    pub(super) fn into_gaussian(self, more: &[f32]) -> Gaussian {
        let mut covariance = self.covariance;
        covariance.add_to_diagonal(more.iter().copied().map(f64::from));
        Gaussian { mean: self.mean, factor: covariance.cholesky() }
    }
}

/// Returns each point's responsibilities by component, which sum to 1 (the E step).
pub(super) fn responsibilities(points: &[Vec<f64>], components: &[Component]) -> Vec<Vec<f64>> {
    let of_point = |buffers: &mut Buffers, point: &Vec<f64>| {
        let log_density = |component: &Component| component.log_density(point, buffers);
        let mut logs: Vec<f64> = components.iter().map(log_density).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logs.iter_mut().for_each(|log| *log = (*log - largest).exp());
        let sum: f64 = logs.iter().sum();
        logs.iter_mut().for_each(|share| *share /= sum);
        logs
    };
    points.par_iter().map_init(Buffers::default, of_point).collect()
}

/// Variances of all points together, and the kind of covariance to fit.
pub(super) struct DataStats {
    covariance: Covariance,
    variances: Vec<f64>,
}

impl DataStats {
    /// Computes the variances of at least one point.
    pub(super) fn compute(points: &[Vec<f64>], covariance: Covariance) -> Self {
        let (count, size) = (points.len() as f64, points[0].len());
        let mean = |of: &dyn Fn(&Vec<f64>) -> f64| points.iter().map(of).sum::<f64>() / count;
        let variance = |unit: usize| {
            let centre = mean(&|point| point[unit]);
            mean(&|point| (point[unit] - centre).powi(2)).max(MIN_VARIANCE)
        };
        Self { covariance, variances: (0..size).map(variance).collect() }
    }

    /// Returns equal components around the chosen points.
    pub(super) fn initial_components(
        &self,
        points: &[Vec<f64>],
        chosen: &[usize],
    ) -> Vec<Component> {
        let mut covariance = Triangle::zeros(self.variances.len());
        covariance.add_to_diagonal(self.variances.iter().copied());
        let weight = 1.0 / chosen.len() as f64;
        let component = |&index: &usize| {
            Component::new(weight, points[index].clone(), covariance.clone(), self.covariance)
        };
        chosen.iter().map(component).collect()
    }

    /// Returns the components that fit best to the responsibilities. A component without points stays, with
    /// weight 0.
    pub(super) fn m_step(
        &self,
        points: &[Vec<f64>],
        components: &[Component],
        responsibilities: &[Vec<f64>],
    ) -> Vec<Component> {
        let update = |(index, before): (usize, &Component)| {
            let members = || {
                let all = points.iter().zip(responsibilities);
                all.map(|(point, shares)| (point, shares[index]))
                    .filter(|(_, share)| *share > MIN_RESPONSIBILITY)
            };
            let count: f64 = members().map(|(_, share)| share).sum();
            if count < MIN_RESPONSIBILITY {
                let (mean, covariance) = (before.mean.clone(), before.covariance.clone());
                return Component::new(0.0, mean, covariance, self.covariance);
            }
            let mut mean = vec![0.0; self.variances.len()];
            for (point, share) in members() {
                mean.iter_mut().zip(point).for_each(|(sum, x)| *sum += share * x);
            }
            mean.iter_mut().for_each(|sum| *sum /= count);
            let covariance = self.weighted_covariance(members(), &mean, count);
            Component::new(count / points.len() as f64, mean, covariance, self.covariance)
        };
        components.par_iter().enumerate().map(update).collect()
    }

    /// Returns the covariance of a component's points, with minimum variances and scaled correlations.
    fn weighted_covariance<'a>(
        &self,
        members: impl Iterator<Item = (&'a Vec<f64>, f64)>,
        mean: &[f64],
        count: f64,
    ) -> Triangle {
        let size = mean.len();
        let (mut covariance, mut centred) = (Triangle::zeros(size), Vec::with_capacity(size));
        for (point, share) in members {
            centred.clear();
            centred.extend(point.iter().zip(mean).map(|(x, mean)| x - mean));
            match self.covariance {
                Covariance::Full => add_outer(&mut covariance, &centred, share),
                Covariance::Diagonal => {
                    covariance.add_to_diagonal(centred.iter().map(|x| share * x * x));
                }
            }
        }
        covariance.scale(1.0 / count);
        for (row, variance) in self.variances.iter().enumerate() {
            let values = covariance.row_mut(row);
            values[..row].iter_mut().for_each(|value| *value *= count / (count + size as f64));
            values[row] = values[row].max(MIN_VARIANCE_SHARE * variance);
        }
        covariance
    }
}
