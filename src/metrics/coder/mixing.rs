//! Counts in contexts, and their mixture.

use super::contexts::{CONTEXTS, Decision, MIXES};

/// Contexts of a table, as a power of two: of the training songs, and of one song.
const GLOBAL: u32 = 16;
const LOCAL: u32 = 13;
/// Number of decisions after which a count of the training songs forgets.
const LIMIT: f32 = 100_000.0;
/// Classes of a song's own counts: how many, and how probable they make the answer.
const SEEN: usize = 8;
const SEEN_LIMIT: usize = 30;
const SEEN_CLASSES: [usize; SEEN_LIMIT + 1] = {
    let mut classes = [0; SEEN_LIMIT + 1];
    let mut seen = 1;
    while seen <= SEEN_LIMIT {
        classes[seen] = match seen {
            ..4 => seen,
            4..6 => 4,
            6..10 => 5,
            10..20 => 6,
            _ => 7,
        };
        seen += 1;
    }
    classes
};
const PROBABLE: usize = 24;
/// First and last learning rate of the mixture.
const RATES: (f32, f32) = (0.0005, 0.00005);
/// Decisions until the last rate.
const SETTLED: f32 = 2e6;
/// Inputs of a mixture: each context in the training songs, and in the song so far, and a constant.
const INPUTS: usize = 2 * CONTEXTS + 1;

/// How probable a yes is.
#[derive(Clone, Copy)]
struct Count {
    probability: f32,
    seen: f32,
}

impl Count {
    const NEW: Self = Self { probability: 0.5, seen: 0.0 };

    fn add(&mut self, holds: bool, limit: f32) {
        let target = f32::from(u8::from(holds));
        self.probability += (target - self.probability) / (self.seen + 1.6);
        self.seen = (self.seen + 1.0).min(limit);
    }
}

fn place(context: u32, at: usize, bits: u32) -> usize {
    (at << bits) + (context.wrapping_mul(0xC2B2_AE35) >> (32 - bits)) as usize
}

/// Logits of evenly spaced probabilities: a logarithm per count would take most of the time.
struct Logits(Vec<f32>);

impl Logits {
    const PLACES: usize = 4096;

    fn new() -> Self {
        let logit = |place: usize| {
            let probability = (place as f32 + 0.5) / Self::PLACES as f32;
            (probability / (1.0 - probability)).ln()
        };
        Self((0..Self::PLACES).map(logit).collect())
    }

    fn of(&self, probability: f32) -> f32 {
        self.0[((probability * Self::PLACES as f32) as usize).min(Self::PLACES - 1)]
    }
}

/// The counts of one song so far.
pub(super) struct Local(Vec<Count>);

impl Local {
    pub(super) fn new() -> Self {
        Self(vec![Count::NEW; CONTEXTS << LOCAL])
    }

    fn add(&mut self, decision: &Decision) {
        for (at, &context) in decision.contexts.iter().enumerate() {
            self.0[place(context, at, LOCAL)].add(decision.holds, SEEN_LIMIT as f32);
        }
    }
}

/// The counts of the training songs, and the weights of contexts.
pub(super) struct Mixing {
    counts: Vec<Count>,
    /// What a song's own counts mean, by set of weights, context, number and probability.
    meanings: Vec<Count>,
    weights: Vec<[f32; INPUTS]>,
    decisions: f32,
    logits: Logits,
}

/// A prediction, and where it is from.
struct Prediction {
    probability: f32,
    inputs: [f32; INPUTS],
    meanings: [usize; CONTEXTS],
}

impl Mixing {
    pub(super) fn new() -> Self {
        let mut weights = [0.08; INPUTS];
        weights[INPUTS - 1] = 0.0;
        Self {
            counts: vec![Count::NEW; CONTEXTS << GLOBAL],
            meanings: vec![Count::NEW; MIXES * CONTEXTS * SEEN * PROBABLE],
            weights: vec![weights; MIXES],
            decisions: 0.0,
            logits: Logits::new(),
        }
    }

    fn predict(&self, decision: &Decision, local: &Local) -> Prediction {
        let (mut inputs, mut meanings) = ([0.0; INPUTS], [0; CONTEXTS]);
        for (at, &context) in decision.contexts.iter().enumerate() {
            let count = self.counts[place(context, at, GLOBAL)];
            // A count of few songs says little.
            inputs[at] = self.logits.of(count.probability) * (count.seen / (count.seen + 0.5));
            let own = local.0[place(context, at, LOCAL)];
            let seen = SEEN_CLASSES[own.seen as usize];
            let probable = (own.probability * (PROBABLE - 1) as f32).round() as usize;
            let meaning = (decision.mix * CONTEXTS + at) * SEEN + seen.min(SEEN - 1);
            meanings[at] = meaning * PROBABLE + probable;
            inputs[CONTEXTS + at] = self.logits.of(self.meanings[meanings[at]].probability);
        }
        inputs[INPUTS - 1] = 0.3;
        let products = inputs.iter().zip(&self.weights[decision.mix]).map(|(x, weight)| x * weight);
        let score: f32 = products.sum();
        let probability = 1.0 / (1.0 + (-score).exp());
        Prediction { probability: probability.clamp(1e-5, 1.0 - 1e-5), inputs, meanings }
    }

    /// Returns the bits that a decision costs, and counts it in the song's own counts alone.
    pub(super) fn cost(&self, decision: &Decision, local: &mut Local) -> f64 {
        let Prediction { probability, .. } = self.predict(decision, local);
        local.add(decision);
        -f64::from(if decision.holds { probability } else { 1.0 - probability }).log2()
    }

    /// Counts a decision, and moves the weights towards a better prediction of it.
    pub(super) fn learn(&mut self, decision: &Decision, local: &mut Local) {
        let Prediction { probability, inputs, meanings } = self.predict(decision, local);
        let error = f32::from(u8::from(decision.holds)) - probability;
        let (first, last) = RATES;
        let rate = last + (first - last) * (1.0 - self.decisions / SETTLED).max(0.0);
        let weights = self.weights[decision.mix].iter_mut().zip(inputs);
        weights.for_each(|(weight, input)| *weight += rate * error * input);
        for (at, &context) in decision.contexts.iter().enumerate() {
            self.counts[place(context, at, GLOBAL)].add(decision.holds, LIMIT);
            self.meanings[meanings[at]].add(decision.holds, LIMIT);
        }
        local.add(decision);
        self.decisions += 1.0;
    }
}
