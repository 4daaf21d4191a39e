//! Manifold Parzen windows (Vincent and Bengio 2003): one Gaussian around each point, wide where its neighbours are.
//!
//! A few wide Gaussians fill the space between kinds of songs, where no song is. Here each Gaussian belongs to one point,
//! and its covariance is that of the differences to the point's neighbours, so that samples stay where points are.

use partita_numerics::rng::{self, Purpose};

/// The nearest points are left out: they are windows of the same song, and would make each Gaussian a copy.
const SKIPPED: usize = 10;
/// Neighbours whose differences define a covariance.
const NEIGHBOURS: usize = 50;

/// Gaussians around points.
#[derive(Debug, Clone, PartialEq)]
pub struct ParzenWindows {
    points: Vec<Vec<f32>>,
    bandwidth: f32,
}

impl ParzenWindows {
    /// Places a Gaussian at each of at least one point; `bandwidth` scales their standard deviations: 1 is the root mean
    /// square of the differences to the neighbours.
    pub fn new(points: Vec<Vec<f32>>, bandwidth: f32) -> Self {
        Self { points, bandwidth }
    }

    /// Returns true if there is no Gaussian.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Samples the point of a seed and an index; `temperature` scales its distance from the centre of its Gaussian.
    pub fn sample(&self, seed: u64, index: u64, temperature: f32) -> Vec<f32> {
        let mut random = rng::stream(seed, Purpose::MixtureComponent, index);
        let chosen = rng::below(&mut random, self.points.len() as u64) as usize;
        let Some(centre) = self.points.get(chosen) else { return Vec::new() };
        let neighbours = self.neighbours(chosen);
        let noise = rng::normal(&mut rng::stream(seed, Purpose::Gaussian, index), neighbours.len());
        let scale = self.bandwidth * temperature / (neighbours.len().max(1) as f32).sqrt();
        let mut sample = centre.clone();
        for (neighbour, noise) in neighbours.into_iter().zip(noise) {
            let difference = self.points[neighbour].iter().zip(centre);
            let moved = difference.map(|(there, here)| scale * noise * (there - here));
            sample.iter_mut().zip(moved).for_each(|(number, moved)| *number += moved);
        }
        sample
    }

    /// Returns the neighbours of a point: of few points, all others.
    fn neighbours(&self, of: usize) -> Vec<usize> {
        let distance = |at: usize| -> f32 {
            let pairs = self.points[at].iter().zip(&self.points[of]);
            pairs.map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let mut others: Vec<(f32, usize)> =
            (0..self.points.len()).filter(|&at| at != of).map(|at| (distance(at), at)).collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if others.len() > SKIPPED + NEIGHBOURS {
            others.select_nth_unstable_by(SKIPPED + NEIGHBOURS - 1, order);
            others.truncate(SKIPPED + NEIGHBOURS);
        }
        others.sort_unstable_by(order);
        let first = SKIPPED.min(others.len().saturating_sub(NEIGHBOURS));
        others[first..].iter().map(|&(_, at)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a circle of radius 10.
    fn circle(count: usize) -> Vec<Vec<f32>> {
        let angle = |at: usize| at as f32 / count as f32 * std::f32::consts::TAU;
        (0..count).map(|at| vec![10.0 * angle(at).cos(), 10.0 * angle(at).sin()]).collect()
    }

    #[test]
    fn samples_stay_where_points_are() {
        let windows = ParzenWindows::new(circle(1000), 1.0);
        for index in 0..500 {
            let sample = windows.sample(1, index, 1.0);
            let radius = sample[0].hypot(sample[1]);
            assert!((radius - 10.0).abs() < 1.0, "{sample:?}");
        }
    }

    #[test]
    fn samples_differ_from_points_and_do_not_at_temperature_0() {
        let points = circle(200);
        let windows = ParzenWindows::new(points.clone(), 1.0);
        let nearest = |sample: &[f32]| {
            let distance = |point: &Vec<f32>| (point[0] - sample[0]).hypot(point[1] - sample[1]);
            points.iter().map(distance).fold(f32::INFINITY, f32::min)
        };
        let apart = (0..100).filter(|&index| nearest(&windows.sample(1, index, 1.0)) > 0.01);
        assert!(apart.count() > 90);
        assert_eq!(nearest(&windows.sample(1, 3, 0.0)), 0.0);
    }

    #[test]
    fn few_points_are_all_neighbours_and_one_is_alone() {
        assert_eq!(ParzenWindows::new(circle(3), 1.0).neighbours(0).len(), 2);
        assert_eq!(ParzenWindows::new(circle(55), 1.0).neighbours(0).len(), 50);
        assert_eq!(ParzenWindows::new(vec![vec![1.0]], 1.0).sample(1, 0, 1.0), [1.0]);
        assert!(ParzenWindows::new(Vec::new(), 1.0).sample(1, 0, 1.0).is_empty());
    }
}
