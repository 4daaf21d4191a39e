//! Maps values to positions on an axis, with ticks at round numbers.

use super::number::{fixed, scientific};

/// The scale of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// Creates a scale over `values` with about `count` ticks and with its ends on ticks. It starts at zero
    /// if that costs little room. `None` without a drawable value.
    pub(super) fn over(values: impl IntoIterator<Item = f64>, count: usize) -> Option<Self> {
        let (mut low, mut high) = extent(values)?;
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() / 4.0 };
            (low, high) = (low - room, high + room);
        } else if low > 0.0 && low < high * 0.4 {
            low = 0.0;
        }
        let step = round_step((high - low) / count as f64);
        Some(Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step })
    }

    /// Creates a scale over whole numbers such as epochs, which ends where the values end.
    pub(super) fn counting(values: impl IntoIterator<Item = f64>, count: usize) -> Option<Self> {
        let (mut low, mut high) = extent(values)?;
        let step = round_step((high - low) / count as f64).max(1.0);
        if low == high {
            (low, high) = (low - 0.5, high + 0.5);
        }
        Some(Self { low, high, step })
    }

    /// Returns the position of `value` between the ends, 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Returns the ticks from low to high: value and label.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        let slack = self.step * 1e-6;
        let first = ((self.low - slack) / self.step).ceil();
        let count = ((self.high + slack) / self.step - first).floor().clamp(0.0, 20.0) as u32;
        (0..=count).map(move |tick| {
            let value = (first + f64::from(tick)) * self.step;
            (value, self.label(value))
        })
    }

    fn label(&self, value: f64) -> String {
        let places = (-(self.step * 1.000_001).log10().floor()).max(0.0);
        match value {
            0.0 => "0".into(),
            _ if places > 4.0 => scientific(value),
            _ => fixed(value, places as usize),
        }
    }
}

/// Returns whether `value` can be drawn: the difference of two such values is finite.
pub(super) fn is_drawable(value: f64) -> bool {
    value.abs() < 1e300
}

/// Returns the smallest and the largest drawable value. Both are the smallest one if they differ only in the last digits.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let values = values.into_iter().filter(|&value| is_drawable(value));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let same = high - low <= high.abs().max(low.abs()) * 1e-9;
    (low <= high).then_some(if same { (low, low) } else { (low, high) })
}

/// Returns the smallest of 1, 2 or 5 times a power of ten that is at least `min`.
fn round_step(min: f64) -> f64 {
    if min <= f64::MIN_POSITIVE {
        return f64::MIN_POSITIVE;
    }
    let power = 10f64.powf(min.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= min * 0.999_999);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Option<Scale>) -> Vec<String> {
        scale.into_iter().flat_map(|scale| scale.ticks().collect::<Vec<_>>()).map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        assert_eq!(labels(Scale::over([0.13, 0.92], 5)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(Scale::over([-3.0, 4.0], 4)), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(labels(Scale::over([91.0, 99.0], 4)), ["90", "92", "94", "96", "98", "100"]);
        assert_eq!(labels(Scale::over([2e-7, 1e-6], 2)), ["0", "5×10⁻⁷", "1×10⁻⁶"]);
    }

    #[test]
    fn epoch_ticks_are_whole_numbers() {
        assert_eq!(
            labels(Scale::counting([0.0, 30.0], 6)),
            ["0", "5", "10", "15", "20", "25", "30"]
        );
        assert_eq!(labels(Scale::counting([1.0, 3.0], 6)), ["1", "2", "3"]);
        assert_eq!(labels(Scale::counting([7.0], 6)), ["7"]);
    }

    #[test]
    fn single_value_is_near_the_middle() {
        for value in [0.0, 5.0, -2e-12, 1e299] {
            let scale = Scale::over([value, value, f64::NAN], 4).unwrap();
            let place = scale.place(value);
            assert!((0.2..=0.8).contains(&place), "{value} at {place}");
        }
    }

    #[test]
    fn extreme_values_have_finite_positions_and_few_ticks() {
        for values in [[-9e299, 9e299], [0.0, f64::MIN_POSITIVE], [1.0, 1.0 + 1e-15], [0.0, 1e-320]]
        {
            let scale = Scale::over(values, 4).unwrap();
            assert!(values.iter().all(|&value| (0.0..=1.0).contains(&scale.place(value))));
            assert!(labels(Some(scale)).len() <= 21);
        }
        assert_eq!(Scale::over([f64::NAN, f64::INFINITY], 4), None);
    }
}
