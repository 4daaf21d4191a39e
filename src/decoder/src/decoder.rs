//! The three networks and their parameters.

use crate::calibration::Calibration;
use crate::chord::{ChordNet, HIGHER};
use crate::plan::PlanNet;
use crate::rhythm::RhythmNet;
use crate::without::Without;
use partita_music::roll::RollSize;

/// A decoder: networks for the plans of measures, for the rhythm and for the pitches.
#[derive(Debug, Clone)]
pub struct Decoder {
    pub(crate) nets: Nets,
    pub(crate) parameters: Vec<f32>,
    pub(crate) calibration: Calibration,
    pub(crate) without: Without,
}

/// The networks of a decoder, without their parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nets {
    pub(crate) size: RollSize,
    pub(crate) latent: usize,
    pub(crate) plan: PlanNet,
    pub(crate) rhythm: RhythmNet,
    pub(crate) chord: ChordNet,
}

impl Nets {
    pub(crate) fn new(size: RollSize, latent: usize) -> Self {
        let plan = PlanNet::new(0, size, latent);
        let rhythm = RhythmNet::new(plan.net.end(), size, latent);
        let chord = ChordNet::new(rhythm.net.end(), size, latent);
        Self { size, latent, plan, rhythm, chord }
    }

    /// Returns the number of parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.chord.net.end()
    }
}

/// Typical shares of the steps at which something is struck, and of the pitches above the lowest one of a chord that
/// belong to it: an untrained decoder begins with them.
const STRUCK: f64 = 0.1;
const ADDED: f64 = 0.025;

fn logit(share: f64) -> f32 {
    (share / (1.0 - share)).ln() as f32
}

impl Decoder {
    /// Creates a decoder with initial weights for songs of this size and codes of this many numbers.
    pub fn new(size: RollSize, latent: usize, seed: u64) -> Self {
        let nets = Nets::new(size, latent);
        let mut parameters = vec![0.0; nets.parameters()];
        nets.plan.net.initialize(&mut parameters, seed, 0, 64.0);
        nets.rhythm.net.initialize(&mut parameters, seed, 1, 64.0);
        nets.chord.net.initialize(&mut parameters, seed, 2, 64.0);
        parameters[nets.rhythm.net.head_biases()].fill(logit(STRUCK));
        parameters[nets.chord.net.head_biases()][HIGHER] = logit(ADDED);
        Self { nets, parameters, calibration: Calibration::IDENTITY, without: Without::Nothing }
    }

    /// Returns the decoder without a part of what it knows. A trained one has to learn again.
    #[must_use]
    pub fn without(self, without: Without) -> Self {
        Self { without, ..self }
    }

    /// Returns the measures, steps and pitches of its songs.
    pub fn size(&self) -> RollSize {
        self.nets.size
    }

    /// Returns the number of dimensions of the codes.
    pub fn latent(&self) -> usize {
        self.nets.latent
    }

    /// Returns the number of its parameters.
    pub fn parameters(&self) -> usize {
        self.parameters.len()
    }
}
