//! Parameters of songs with repeating phrases.

/// How a song repeats phrases, measures and rhythm. Shares and probabilities are in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phrasing {
    /// Divisor of the logits; below 1, probable cells become more probable.
    pub temperature: f32,
    /// Measures of a phrase, at least 1.
    pub phrase: usize,
    /// Probability that a phrase repeats an earlier one.
    pub phrase_return: f32,
    /// Probability that a measure of a new phrase repeats an earlier one of it.
    pub measure_return: f32,
    /// How far measures of one material share their probabilities; with 1 they are equal, note for note.
    pub exactness: f32,
    /// Share of the steps that have the same rounding in all measures.
    pub groove: f32,
    /// Share of the steps at which notes start in pairs.
    pub chords: f32,
}
