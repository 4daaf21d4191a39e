//! Numbering of the rows of a sparse layer.

/// Declares a network and the first row of each group of rows of its sparse layer, given the number of rows of each
/// group. The expressions may use the song's size and the dimensions of its code.
macro_rules! network {
    (
        $(#[$meta:meta])*
        struct $name:ident($size:ident, $latent:ident) with $heads:literal heads {
            $($group:ident: $rows:expr,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name {
            pub(crate) net: $crate::net::Net,
            size: partita_music::roll::RollSize,
            $($group: usize,)+
        }

        impl $name {
            /// Places the parameters from `start` on.
            pub(crate) fn new(
                start: usize,
                $size: partita_music::roll::RollSize,
                $latent: usize,
            ) -> Self {
                let mut rows = 0;
                $(
                    let $group = rows;
                    rows += $rows;
                )+
                Self { net: $crate::net::Net::new(start, rows, $heads), size: $size, $($group,)+ }
            }
        }
    };
}
pub(crate) use network;

/// Classes of distances in time, two per octave: below 1.41 steps, 2, 2.8, 4, ...
pub(crate) const GAPS: usize = 24;

/// Returns the class of a distance in steps, at least 1.
pub(crate) fn gap(steps: usize) -> usize {
    let octave = steps.max(1).ilog2() as usize;
    // The square of a number is at least twice that of a power of two if it is beyond the middle of the octave.
    let upper = usize::from((steps * steps) >> (2 * octave) >= 2);
    (2 * octave + upper).min(GAPS - 1)
}

/// Maps a probability to about -1..=2: -4 and 4 are the logits of 0.018 and 0.98.
pub(crate) fn scaled_logit(probability: f32) -> f32 {
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    ((p / (1.0 - p)).ln() + 4.0).clamp(-4.0, 8.0) / 4.0
}

/// Maps an expected count to about -1.5..=1: its logarithm, with small counts cut off.
pub(crate) fn scaled_log(expected: f32) -> f32 {
    (expected.max(1e-4).ln() + 3.0).max(-4.0) / 3.0
}
