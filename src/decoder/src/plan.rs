//! Whether a measure is new, repeats an earlier one note for note, or varies an earlier one.
//!
//! The plan of a real measure follows from its music by a rule: equal measures are returns; otherwise the most similar
//! earlier measure is varied if it is similar enough. So a varied measure is known to be similar to its source, which
//! keeps a drawn song from drifting away from its beginning.

use crate::guide::Guide;
use crate::history::History;
use crate::rows::network;
use crate::song::Song;
use crate::terms::Terms;

/// Levels of similarity: of the measures before, and of the guide's rates.
const LEVELS: usize = 6;
/// Ways to use an earlier measure: exact, close, loose.
const WAYS: usize = 3;
/// Minimum F1 with its source of a measure that is close to it, and of one that varies it loosely.
const CLOSE: f32 = 0.8;
const LOOSE: f32 = 0.4;
/// By how much F1 must be higher for another source than that of the measure before.
const STEADY: f32 = 0.05;

/// A measure's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Played without a source.
    New,
    /// Equal to the measure this many measures before.
    Return(usize),
    /// A variation of an earlier measure.
    Vary(Variation),
}

/// A source that is varied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variation {
    /// Measures back.
    pub(crate) back: usize,
    /// Whether it stays close to its source.
    pub(crate) close: bool,
}

impl Plan {
    /// Returns the number of candidates of the measure with this number.
    pub(crate) fn candidates(measure: usize) -> usize {
        1 + WAYS * measure
    }

    /// Returns the plan of a candidate of the measure with this number.
    pub(crate) fn from_candidate(candidate: usize, measure: usize) -> Self {
        let Some(place) = candidate.checked_sub(1) else { return Self::New };
        let back = place % measure + 1;
        match place / measure {
            0 => Self::Return(back),
            way => Self::Vary(Variation { back, close: way == 1 }),
        }
    }

    /// Returns the candidate that this plan is.
    pub(crate) fn candidate(self, measure: usize) -> usize {
        match self {
            Self::New => 0,
            Self::Return(back) => back,
            Self::Vary(Variation { back, close }) => back + measure * if close { 1 } else { 2 },
        }
    }

    fn back(self) -> Option<usize> {
        match self {
            Self::New => None,
            Self::Return(back) | Self::Vary(Variation { back, .. }) => Some(back),
        }
    }

    /// Returns the variation, if the plan is one.
    pub(crate) fn variation(self) -> Option<Variation> {
        match self {
            Self::Vary(variation) => Some(variation),
            _ => None,
        }
    }

    /// New, exact or varied.
    fn class(self) -> usize {
        match self {
            Self::New => 0,
            Self::Return(_) => 1,
            Self::Vary(_) => 2,
        }
    }

    /// Returns the plans of a measure of a real song: each earlier measure that it equals, or else one plan.
    pub(crate) fn from_song(song: &Song, measure: usize, last: Option<Self>) -> Vec<Self> {
        let returns: Vec<Self> = (1..=measure)
            .filter(|back| song.measure(measure) == song.measure(measure - back))
            .map(Self::Return)
            .collect();
        if !returns.is_empty() {
            return returns;
        }
        let steady = last.and_then(Self::back);
        let value =
            |&(back, f1): &(usize, f32)| f1 + if steady == Some(back) { STEADY } else { 0.0 };
        let sources = (1..=measure).map(|back| (back, song.f1(measure, measure - back)));
        // The nearest of equal ones.
        let best = sources.rev().max_by(|one, other| value(one).total_cmp(&value(other)));
        vec![match best {
            Some((back, f1)) if f1 >= LOOSE => Self::Vary(Variation { back, close: f1 >= CLOSE }),
            _ => Self::New,
        }]
    }
}

network! {
    /// The network and its rows. The candidates of a measure: new, then each earlier measure exactly, closely, loosely.
    struct PlanNet(size, latent) with 1 heads {
        code: WAYS * latent,
        new_code: latent,
        new: 1,
        new_after: 3,
        new_measure: size.measures(),
        back: WAYS * size.measures(),
        phase: WAYS * 4 * size.measures(),
        goes_on: WAYS * size.measures(),
        after: WAYS * 3,
        last: WAYS * LEVELS,
        similarity: WAYS * LEVELS,
        similarity_value: WAYS,
        notes: WAYS * 4,
    }
}

impl PlanNet {
    /// Adds the features of the candidates of a measure; `plans`: those of the measures before.
    pub(crate) fn measure(
        &self,
        history: &History,
        guide: Option<&Guide>,
        plans: &[Plan],
        terms: &mut Terms,
    ) {
        let measure = plans.len();
        let class = plans.last().map_or(0, |last| last.class());
        terms.local(0, self.new, 1.0);
        terms.local(0, self.new_measure + measure, 1.0);
        terms.local(0, self.new_after + class, 1.0);
        if let Some(guide) = guide {
            terms.local_each(0, self.new_code, guide.latent());
        }
        for way in 0..WAYS {
            for back in 1..=measure {
                self.source(history, guide, plans, (way, back), terms);
            }
        }
    }

    /// Adds the features of using the measure `back` measures before in one way.
    fn source(
        &self,
        history: &History,
        guide: Option<&Guide>,
        plans: &[Plan],
        (way, back): (usize, usize),
        terms: &mut Terms,
    ) {
        let (measure, measures) = (plans.len(), self.size.measures());
        let last = plans.last().copied();
        let candidate = way * measure + back;
        let mut local = |row, factor| terms.local(candidate, row, factor);
        let place = way * measures + back - 1;
        local(self.back + place, 1.0);
        local(self.phase + 4 * place + measure % 4, 1.0);
        match last.and_then(Plan::back) {
            Some(before) if before == back => local(self.goes_on + place, 1.0),
            _ => local(self.after + 3 * way + last.map_or(0, Plan::class), 1.0),
        }
        if measure > back {
            let similarity = history.last_similarity(back).unwrap_or(0.0);
            local(self.last + way * LEVELS + level(similarity), 1.0);
        }
        let source = history.song.measure(measure - back);
        let notes: u32 = source.iter().map(|chord| chord.count_ones()).sum();
        local(self.notes + 4 * way + (notes as usize).div_ceil(8).min(3), 1.0);
        let Some(guide) = guide else { return };
        let similarity = guide.similarity(measure, measure - back);
        local(self.similarity + way * LEVELS + level(similarity), 1.0);
        local(self.similarity_value + way, (1.0 - similarity).max(1e-4).ln() / 3.0);
        let code = self.code + way * guide.latent().len();
        terms.local_each(candidate, code, guide.latent());
    }
}

fn level(similarity: f32) -> usize {
    [0.2, 0.5, 0.8, 0.95, 0.999].iter().filter(|&&bound| similarity >= bound).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use partita_music::roll::RollSize;

    #[test]
    fn plans_and_candidates_are_the_same() {
        for measure in 1..16 {
            for candidate in 0..Plan::candidates(measure) {
                assert_eq!(Plan::from_candidate(candidate, measure).candidate(measure), candidate);
            }
        }
    }

    #[test]
    fn plan_of_a_measure_follows_from_its_similarity_to_earlier_ones() {
        let size = RollSize::new(6, 4, 8).unwrap();
        let cells = |measure: u32, steps: &[u32]| {
            steps.iter().map(|step| measure * 32 + step * 8).collect::<Vec<_>>()
        };
        let song = Song::new(
            size,
            &[
                cells(0, &[0, 1, 2, 3]),
                // Three of four: F1 6/7. Then equal to the first, one of four (F1 2/5), nothing in common.
                cells(1, &[0, 1, 2]),
                cells(2, &[0, 1, 2, 3]),
                cells(3, &[3]),
                vec![4 * 32 + 1],
            ]
            .concat(),
        );
        let plan = |measure, last| Plan::from_song(&song, measure, last);
        let vary = |back, close| vec![Plan::Vary(Variation { back, close })];
        assert_eq!(plan(0, None), [Plan::New]);
        assert_eq!(plan(1, None), vary(1, true));
        assert_eq!(plan(2, None), [Plan::Return(2)]);
        assert_eq!(plan(3, None), vary(1, false), "the nearest of equal ones");
        assert_eq!(plan(3, Some(Plan::Return(3))), vary(3, false), "or that of the measure before");
        assert_eq!(plan(4, None), [Plan::New]);
        assert_eq!(plan(5, None), [Plan::New], "silence after music is new");
    }
}
