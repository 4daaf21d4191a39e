//! Moments of each latent dimension over many songs.

/// Sums that give mean and variance of each dimension.
#[derive(Debug, Clone)]
pub(crate) struct DimensionMoments {
    songs: usize,
    /// Sum and sum of squares.
    sums: Vec<(f64, f64)>,
}

impl DimensionMoments {
    pub(crate) fn new(latent: usize) -> Self {
        DimensionMoments { songs: 0, sums: vec![(0.0, 0.0); latent] }
    }

    /// Adds songs, row-major `[songs, latent]`.
    pub(crate) fn add(&mut self, values: &[f32]) {
        for song in values.chunks_exact(self.sums.len()) {
            self.songs += 1;
            for ((sum, squares), &value) in self.sums.iter_mut().zip(song) {
                *sum += f64::from(value);
                *squares += f64::from(value) * f64::from(value);
            }
        }
    }

    /// Returns mean and variance of each dimension. Rounding may leave a variance just below 0.
    pub(crate) fn means_and_variances(&self) -> impl Iterator<Item = (f64, f64)> {
        let songs = self.songs as f64;
        self.sums.iter().map(move |(sum, squares)| {
            let mean = sum / songs;
            (mean, squares / songs - mean * mean)
        })
    }
}
