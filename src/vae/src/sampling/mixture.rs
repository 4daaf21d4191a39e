//! Several Gaussians, fitted by expectation-maximisation (Bishop 2006, section 9.2).
//!
//! Started by k-means++ (Arthur & Vassilvitskii 2007) and run for a fixed number of rounds, so that the
//! work is known beforehand and equal points, options and seed give an equal mixture. Two things keep it
//! sound where a component has few points: no variance falls below a hundredth of that of all points, and
//! a component's correlations are scaled by `n / (n + dimensions)`, n being its points.

use super::gaussian::Gaussian;
use super::linear::{Triangle, dot};
use crate::rng::{self, Purpose};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rounds of expectation-maximisation.
const ROUNDS: usize = 30;
/// Least variance of a component, as a part of the variance of all points.
const LEAST_VARIANCE: f64 = 0.01;
/// Least variance where the points do not vary at all.
const LEAST_VARIANCE_OF_NOTHING: f64 = 1e-9;
/// A point that belongs less to a component than this does not change it.
const LEAST_SHARE: f64 = 1e-9;

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

/// What a mixture is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixtureOptions {
    /// How many Gaussians; fewer where there are fewer different points.
    pub components: usize,
    /// Their correlations.
    pub covariance: Covariance,
    /// Chooses the points that they start from.
    pub seed: u64,
}

/// A mixture of Gaussians on the latent space.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Ascending, the last is 1: a component is drawn when a uniform number is below its bound and not
    /// below the one before.
    bounds: Vec<f64>,
    components: Vec<Gaussian>,
}

impl Mixture {
    /// Fits a mixture to `points`, which have equal lengths; `more` is added to the variances of each
    /// component in the end, one number a dimension, or none. Of no point it is the standard normal
    /// distribution of as many dimensions as `more` has.
    pub fn fit(points: &[Vec<f32>], more: &[f32], options: MixtureOptions) -> Self {
        if points.is_empty() {
            return Self { bounds: vec![1.0], components: vec![Gaussian::fit(points, more)] };
        }
        let points: Vec<Vec<f64>> =
            points.iter().map(|p| p.iter().copied().map(f64::from).collect()).collect();
        let everything = Spread::of(&points, options.covariance);
        let mut parts = everything.start(&points, &starts(&points, options));
        for _ in 0..ROUNDS {
            let shares = shares(&points, &parts);
            parts = everything.improved(&points, &parts, &shares);
        }
        let mut bound = 0.0;
        let mut bounds: Vec<f64> = parts
            .iter()
            .map(|part| {
                bound += part.weight;
                bound
            })
            .collect();
        if let Some(last) = bounds.last_mut() {
            *last = 1.0;
        }
        Self { bounds, components: parts.into_iter().map(|part| part.gaussian(more)).collect() }
    }

    /// How many Gaussians it has.
    pub fn len(&self) -> usize {
        self.components.len()
    }

    /// Whether it has none, which [`fit`](Self::fit) never makes.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty()
    }

    /// The point of a seed and an index; `temperature` scales its way from its component's mean.
    pub fn sample(&self, seed: u64, index: u64, temperature: f32) -> Vec<f32> {
        let uniform = uniform(&mut rng::stream(seed, Purpose::MixtureComponent, index));
        let chosen = self.bounds.partition_point(|&bound| bound <= uniform);
        self.components[chosen.min(self.components.len() - 1)].sample(seed, index, temperature)
    }
}

/// A number of `[0, 1)`.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// The points that components start from: the first by chance, each next one with a probability that
/// grows with its squared distance from those that are there. Never two equal ones.
fn starts(points: &[Vec<f64>], options: MixtureOptions) -> Vec<usize> {
    let mut random = rng::stream(options.seed, Purpose::MixtureStart, 0);
    let mut chosen =
        vec![((uniform(&mut random) * points.len() as f64) as usize).min(points.len() - 1)];
    let mut distances = vec![f64::INFINITY; points.len()];
    while chosen.len() < options.components {
        let latest = &points[chosen[chosen.len() - 1]];
        for (distance, point) in distances.iter_mut().zip(points) {
            let apart = point.iter().zip(latest).map(|(a, b)| (a - b) * (a - b)).sum();
            *distance = distance.min(apart);
        }
        let total: f64 = distances.iter().sum();
        let mut rest = uniform(&mut random) * total;
        let next = distances.iter().position(|&distance| {
            rest -= distance;
            distance > 0.0 && rest <= 0.0
        });
        // Rounding may leave a little: then it is the last one that may be chosen.
        match next.or_else(|| distances.iter().rposition(|&distance| distance > 0.0)) {
            Some(next) => chosen.push(next),
            None => break,
        }
    }
    chosen
}

/// A component while it is being fitted.
struct Part {
    weight: f64,
    mean: Vec<f64>,
    covariance: Triangle,
    form: Form,
    /// Logarithm of weight times density at the mean, up to a constant that all components share.
    log_peak: f64,
}

/// The covariance as densities need it.
enum Form {
    /// Reciprocals of the variances.
    Diagonal(Vec<f64>),
    /// Cholesky factor.
    Full(Triangle),
}

impl Part {
    fn new(weight: f64, mean: Vec<f64>, covariance: Triangle, kind: Covariance) -> Self {
        let form = match kind {
            Covariance::Diagonal => {
                let variances = (0..mean.len()).map(|row| covariance.row(row)[row]);
                Form::Diagonal(variances.map(f64::recip).collect())
            }
            Covariance::Full => Form::Full(covariance.cholesky()),
        };
        let log_stds = match &form {
            Form::Diagonal(precisions) => {
                -0.5 * precisions.iter().map(|precision| precision.ln()).sum::<f64>()
            }
            Form::Full(factor) => factor.log_diagonal(),
        };
        Self { weight, mean, covariance, form, log_peak: weight.ln() - log_stds }
    }

    /// Logarithm of weight times density, up to a constant that all components share.
    fn log_density(&self, point: &[f64], buffers: &mut (Vec<f64>, Vec<f64>)) -> f64 {
        let (centred, solved) = buffers;
        centred.clear();
        centred.extend(point.iter().zip(&self.mean).map(|(x, mean)| x - mean));
        let distance = match &self.form {
            Form::Diagonal(precisions) => {
                solved.clear();
                solved.extend(centred.iter().zip(precisions).map(|(x, precision)| x * precision));
                dot(centred, solved)
            }
            Form::Full(factor) => factor.squared_distance(centred, solved),
        };
        self.log_peak - 0.5 * distance
    }

    fn gaussian(self, more: &[f32]) -> Gaussian {
        let mut covariance = self.covariance;
        for (row, &more) in more.iter().enumerate().take(covariance.size()) {
            covariance.add_to_diagonal(row, f64::from(more));
        }
        Gaussian::of(self.mean, covariance.cholesky())
    }
}

/// For each point, how much it belongs to each component; a point's shares sum to 1.
fn shares(points: &[Vec<f64>], parts: &[Part]) -> Vec<Vec<f64>> {
    let shares_of = |buffers: &mut (Vec<f64>, Vec<f64>), point: &Vec<f64>| {
        let mut logs: Vec<f64> =
            parts.iter().map(|part| part.log_density(point, buffers)).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logs.iter_mut().for_each(|log| *log = (*log - largest).exp());
        let sum: f64 = logs.iter().sum();
        logs.iter_mut().for_each(|share| *share /= sum);
        logs
    };
    points.par_iter().map_init(<(Vec<f64>, Vec<f64>)>::default, shares_of).collect()
}

/// What is known of all points together.
struct Spread {
    covariance: Covariance,
    variances: Vec<f64>,
    least: Vec<f64>,
}

impl Spread {
    fn of(points: &[Vec<f64>], covariance: Covariance) -> Self {
        let (count, size) = (points.len() as f64, points[0].len());
        let mean = |of: &dyn Fn(&Vec<f64>) -> f64| points.iter().map(of).sum::<f64>() / count;
        let variance = |unit: usize| {
            let middle = mean(&|point| point[unit]);
            mean(&|point| (point[unit] - middle).powi(2))
        };
        let variances: Vec<f64> =
            (0..size).map(|unit| variance(unit).max(LEAST_VARIANCE_OF_NOTHING)).collect();
        let least = variances.iter().map(|variance| LEAST_VARIANCE * variance).collect();
        Self { covariance, variances, least }
    }

    /// Equal components around some of the points.
    fn start(&self, points: &[Vec<f64>], chosen: &[usize]) -> Vec<Part> {
        let mut covariance = Triangle::zeros(self.variances.len());
        for (row, &variance) in self.variances.iter().enumerate() {
            covariance.add_to_diagonal(row, variance);
        }
        let weight = 1.0 / chosen.len() as f64;
        let part = |&index: &usize| {
            Part::new(weight, points[index].clone(), covariance.clone(), self.covariance)
        };
        chosen.iter().map(part).collect()
    }

    /// The components that fit best to points that belong to them so much. One that no point belongs to
    /// stays, without weight.
    fn improved(&self, points: &[Vec<f64>], parts: &[Part], shares: &[Vec<f64>]) -> Vec<Part> {
        let improve = |(component, before): (usize, &Part)| {
            let members = || {
                let all =
                    points.iter().zip(shares).map(|(point, shares)| (point, shares[component]));
                all.filter(|(_, share)| *share > LEAST_SHARE)
            };
            let count: f64 = members().map(|(_, share)| share).sum();
            let weight = count / points.len() as f64;
            if count < LEAST_SHARE {
                let (mean, covariance) = (before.mean.clone(), before.covariance.clone());
                return Part::new(0.0, mean, covariance, self.covariance);
            }
            let mut mean = vec![0.0; self.variances.len()];
            for (point, share) in members() {
                mean.iter_mut().zip(point).for_each(|(sum, x)| *sum += share * x);
            }
            mean.iter_mut().for_each(|sum| *sum /= count);
            let covariance = self.scatter(members(), &mean, count);
            Part::new(weight, mean, covariance, self.covariance)
        };
        parts.par_iter().enumerate().map(improve).collect()
    }

    /// The covariance of a component's points, kept sound.
    fn scatter<'a>(
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
                Covariance::Full => covariance.add_outer(&centred, share),
                Covariance::Diagonal => {
                    for (row, x) in centred.iter().enumerate() {
                        covariance.add_to_diagonal(row, share * x * x);
                    }
                }
            }
        }
        covariance.scale(1.0 / count);
        for row in 0..size {
            let values = covariance.row_mut(row);
            values[..row].iter_mut().for_each(|value| *value *= count / (count + size as f64));
            values[row] = values[row].max(self.least[row]);
        }
        covariance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clouds of deviation 0.1, a third of the points around (3, 0) and the rest around (-3, 1).
    fn two_clouds(count: u64) -> Vec<Vec<f32>> {
        let point = |index: u64| {
            let noise = rng::normal(&mut rng::stream(2, Purpose::Prior, index), 2);
            let (x, y) = if index.is_multiple_of(3) { (3.0, 0.0) } else { (-3.0, 1.0) };
            vec![x + 0.1 * noise[0], y + 0.1 * noise[1]]
        };
        (0..count).map(point).collect()
    }

    fn options(components: usize, covariance: Covariance) -> MixtureOptions {
        MixtureOptions { components, covariance, seed: 5 }
    }

    #[test]
    fn points_are_drawn_from_each_cloud_as_often_as_it_has_points_and_never_in_between() {
        for covariance in [Covariance::Diagonal, Covariance::Full] {
            for components in [2, 5] {
                let mixture = Mixture::fit(&two_clouds(300), &[], options(components, covariance));
                assert_eq!(mixture.len(), components);
                let drawn: Vec<_> = (0..3000).map(|index| mixture.sample(1, index, 1.0)).collect();
                let right = drawn.iter().filter(|point| point[0] > 0.0).count();
                assert!((900..1100).contains(&right), "{covariance:?} {components}: {right}");
                let near = |p: &Vec<f32>| {
                    let (x, y) = if p[0] > 0.0 { (3.0, 0.0) } else { (-3.0, 1.0) };
                    (p[0] - x).hypot(p[1] - y) < 1.5
                };
                assert!(drawn.iter().all(near), "{covariance:?} {components}");
            }
        }
    }

    #[test]
    fn full_components_follow_a_correlation_and_diagonal_ones_do_not() {
        let line: Vec<Vec<f32>> = (0..500)
            .map(|index| {
                let noise = rng::normal(&mut rng::stream(2, Purpose::Prior, index), 2);
                vec![noise[0], noise[0] + 0.05 * noise[1]]
            })
            .collect();
        let apart = |covariance| {
            let mixture = Mixture::fit(&line, &[], options(1, covariance));
            let drawn = (0..2000).map(|index| mixture.sample(1, index, 1.0));
            drawn.map(|p| f64::from(p[1] - p[0]).powi(2)).sum::<f64>() / 2000.0
        };
        assert!(apart(Covariance::Full) < 0.05);
        assert!(apart(Covariance::Diagonal) > 1.5);
    }

    #[test]
    fn equal_seeds_fit_and_draw_alike_and_temperature_zero_gives_means() {
        let (points, options) = (two_clouds(90), options(2, Covariance::Full));
        let mixture = Mixture::fit(&points, &[], options);
        assert_eq!(Mixture::fit(&points, &[], options), mixture);
        let many: Vec<_> = (0..50).map(|index| mixture.sample(1, index, 0.0)).collect();
        let mut distinct = many.clone();
        distinct.sort_by(|a, b| a[0].total_cmp(&b[0]));
        distinct.dedup();
        assert_eq!(distinct.len(), 2);
        assert_eq!(mixture.sample(1, 7, 0.0), many[7]);
    }

    #[test]
    fn few_or_equal_points_give_fewer_components_and_no_nonsense() {
        let mixture = Mixture::fit(&vec![vec![1.0, 2.0]; 9], &[], options(4, Covariance::Full));
        assert_eq!(mixture.len(), 1);
        let drawn = mixture.sample(1, 0, 1.0);
        assert!((drawn[0] - 1.0).abs() < 0.01 && (drawn[1] - 2.0).abs() < 0.01, "{drawn:?}");
        let three = [vec![0.0; 6], vec![1.0; 6], vec![-2.0, 0.0, 0.0, 0.0, 0.0, 4.0]];
        for covariance in [Covariance::Diagonal, Covariance::Full] {
            let mixture = Mixture::fit(&three, &[], options(10, covariance));
            assert_eq!(mixture.len(), 3);
            let drawn = (0..100).flat_map(|index| mixture.sample(1, index, 1.0));
            assert!(drawn.into_iter().all(|value| value.is_finite() && value.abs() < 20.0));
        }
        let none = Mixture::fit(&[], &[1.0; 3], options(4, Covariance::Full));
        assert_eq!(none.sample(1, 0, 1.0).len(), 3);
    }
}
