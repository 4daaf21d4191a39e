//! Named counts.

/// The counts of one song, each with a name.
#[derive(Debug, Default)]
pub struct Sheet {
    names: Vec<String>,
    values: Vec<f32>,
}

impl Sheet {
    /// Adds a number.
    pub(super) fn number(&mut self, name: &str, value: f64) {
        self.names.push(name.to_owned());
        self.values.push(value as f32);
    }

    /// Adds how `samples`, classes below `size`, are distributed, as shares; higher classes are in the last one.
    pub(super) fn shares(
        &mut self,
        name: &str,
        size: usize,
        samples: impl IntoIterator<Item = usize>,
    ) {
        self.shares_from(name, 0, size, samples);
    }

    /// Does the same with names that count from `first`.
    pub(super) fn shares_from(
        &mut self,
        name: &str,
        first: i32,
        size: usize,
        samples: impl IntoIterator<Item = usize>,
    ) {
        let mut counts = vec![0.0; size];
        let mut all = 0.0;
        for sample in samples {
            counts[sample.min(size - 1)] += 1.0;
            all += 1.0;
        }
        for (label, count) in (first..).zip(counts) {
            self.number(&format!("{name}_{label}"), count / f64::max(all, 1.0));
        }
    }

    /// Adds the mean and the standard deviation of values; both are 0 without a value.
    pub(super) fn spread(&mut self, name: &str, values: &[f64]) {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        self.number(&format!("{name}_mean"), mean);
        self.number(&format!("{name}_deviation"), variance.sqrt());
    }

    /// Returns the name of each number, such as `bass_interval_-12`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the numbers.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}
