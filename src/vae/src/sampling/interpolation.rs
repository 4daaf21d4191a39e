//! Interpolation between latent vectors.

use super::linear::dot;
use serde::{Deserialize, Serialize};

/// Below this sine of the angle between two vectors, the arc is not defined.
const MIN_SINE: f64 = 1e-4;

/// Path between two points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Interpolation {
    /// Along the arc: the angle grows evenly, and the length stays that of typical points, while a straight
    /// line would pass through the emptier middle (Shoemake 1985; White 2016). Straight if the vectors are
    /// parallel or opposite.
    Slerp,
    /// Along the straight line.
    Lerp,
}

impl Interpolation {
    /// Returns the point at `at`, in 0..=1, from `start` to `end`: exactly these at 0 and 1.
    pub fn at(self, start: &[f32], end: &[f32], at: f64) -> Vec<f32> {
        if at <= 0.0 {
            return start.to_vec();
        }
        if at >= 1.0 {
            return end.to_vec();
        }
        let (first, second) = match self {
            Self::Slerp => arc(start, end, at).unwrap_or((1.0 - at, at)),
            Self::Lerp => (1.0 - at, at),
        };
        let mixed = |(&a, &b): (&f32, &f32)| (first * f64::from(a) + second * f64::from(b)) as f32;
        start.iter().zip(end).map(mixed).collect()
    }
}

/// Returns the weights of both ends on the arc; `None` if it is not defined.
fn arc(start: &[f32], end: &[f32], at: f64) -> Option<(f64, f64)> {
    let wide = |vector: &[f32]| vector.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let (start, end) = (wide(start), wide(end));
    let lengths = (dot(&start, &start) * dot(&end, &end)).sqrt();
    let cosine = (dot(&start, &end) / lengths).clamp(-1.0, 1.0);
    // Also if a length is zero, because then the cosine is NaN.
    let angle = Some(cosine.acos()).filter(|angle| angle.sin() > MIN_SINE)?;
    Some((((1.0 - at) * angle).sin() / angle.sin(), (at * angle).sin() / angle.sin()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_interpolations_start_and_end_exactly_at_their_ends() {
        let (start, end) = ([0.1_f32, 0.7, -3.3], [1.7_f32, -0.2, 0.3]);
        for path in [Interpolation::Slerp, Interpolation::Lerp] {
            assert_eq!(path.at(&start, &end, 0.0), start);
            assert_eq!(path.at(&start, &end, 1.0), end);
        }
        assert_eq!(Interpolation::Lerp.at(&[0.0, 4.0], &[2.0, 0.0], 0.25), [0.5, 3.0]);
    }

    #[test]
    fn slerp_keeps_the_length_and_turns_evenly() {
        for step in 0..=8 {
            let turn = f64::from(step) / 8.0;
            let point = Interpolation::Slerp.at(&[2.0, 0.0], &[0.0, 2.0], turn);
            let angle = f64::from(point[1]).atan2(f64::from(point[0]));
            assert!((angle - turn * std::f64::consts::FRAC_PI_2).abs() < 1e-6, "{turn}: {angle}");
            assert!((point[0].hypot(point[1]) - 2.0).abs() < 1e-6);
        }
    }

    #[test]
    fn slerp_without_an_arc_is_straight() {
        for (start, end) in
            [([1.0, 0.0], [-1.0, 0.0]), ([1.0, 1.0], [3.0, 3.0]), ([0.0; 2], [4.0; 2])]
        {
            assert_eq!(
                Interpolation::Slerp.at(&start, &end, 0.5),
                Interpolation::Lerp.at(&start, &end, 0.5)
            );
        }
    }
}
