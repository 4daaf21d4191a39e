//! The numbers of an Adam update (Kingma & Ba 2015, algorithm 1), on gradients scaled by the global clip
//! factor, with decoupled weight decay (AdamW: Loshchilov & Hutter 2019, algorithm 2).

/// Numbers of an update that all parameters share:
/// `m += (g - m) (1 - b1)`, `v += (g^2 - v) (1 - b2)`, `p -= rate m / (sqrt(v) + epsilon) + decay p` with
/// `g` being `scale` times the gradient; `rate` and `epsilon` include both bias corrections.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Factor of the gradient.
    pub scale: f32,
    /// `1 - b1`.
    pub complement_1: f32,
    /// `1 - b2`.
    pub complement_2: f32,
    /// Learning rate, with both bias corrections.
    pub rate: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Learning rate times weight decay.
    pub decay: f32,
}

/// How fast the moments forget, and the number added to the root of the second.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    /// Decay of the first moment, 0..1.
    pub beta_1: f64,
    /// Decay of the second moment, 0..1.
    pub beta_2: f64,
    /// Added to the root of the bias-corrected second moment.
    pub epsilon: f64,
}

impl Moments {
    /// Those of the paper (Keras adds 1e-7 to the uncorrected root).
    pub const PAPER: Self = Self { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8 };

    /// Returns the update of step `time`, counted from 1.
    pub fn step(self, learning_rate: f64, time: u64, scale: f64, weight_decay: f64) -> AdamStep {
        let time = i32::try_from(time).unwrap_or(i32::MAX);
        let correction = (1.0 - self.beta_2.powi(time)).sqrt();
        AdamStep {
            scale: scale as f32,
            complement_1: (1.0 - self.beta_1) as f32,
            complement_2: (1.0 - self.beta_2) as f32,
            rate: (learning_rate * correction / (1.0 - self.beta_1.powi(time))) as f32,
            epsilon: (self.epsilon * correction) as f32,
            decay: (learning_rate * weight_decay) as f32,
        }
    }
}

impl AdamStep {
    /// Returns the update of step `time`, counted from 1, with the moments of the paper.
    pub fn new(learning_rate: f64, time: u64, scale: f64, weight_decay: f64) -> Self {
        Moments::PAPER.step(learning_rate, time, scale, weight_decay)
    }
}
