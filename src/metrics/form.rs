//! Form: which measures of a song are similar, and which phrases return.
//!
//! A *motif* is a group of measures that share at least half of their notes (Jaccard index 0.5) with the first
//! of them. A *phrase* is a quarter of a song, four measures of sixteen; the similarity of two phrases is the mean over
//! their measures, pair by pair. Phrases are named as a listener would, based only on which phrases return (the thesis'
//! figure 15 names them by eye):
//!
//! | name | evidence |
//! |---|---|
//! | verse | the first phrase that returns |
//! | chorus | the second one that returns |
//! | intro | before them, and does not return |
//! | outro | after them, and does not return |
//! | bridge | between them, and does not return |
//!
//! A song has no names if no phrase returns or all phrases are similar.

use super::structure::MeasureSimilarity;

/// Minimum similarity of measures of a motif, and of phrases with one name.
pub const MIN_SIMILARITY: f64 = 0.5;
/// Number of phrases of a song.
pub const PHRASES: usize = 4;

/// The name of a phrase, in the order of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum SectionName {
    /// Opens the song, and does not return.
    Intro,
    /// The first phrase that returns.
    Verse,
    /// The second phrase that returns.
    Chorus,
    /// Between phrases that return, and does not return.
    Bridge,
    /// Closes the song, and does not return.
    Outro,
}

impl SectionName {
    /// All names, in the order of a song.
    pub const ALL: [Self; 5] = [Self::Intro, Self::Verse, Self::Chorus, Self::Bridge, Self::Outro];
}

/// A named phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// First measure, from 0.
    pub first: usize,
    /// Length in measures.
    pub measures: usize,
    /// Name of the phrase.
    pub name: SectionName,
}

/// Motifs and phrases of a song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The motif of each measure, numbered from 0 by first appearance; `None` if the measure is empty.
    pub motifs: Vec<Option<usize>>,
    /// All phrases, or none if they have no names.
    pub sections: Vec<Section>,
}

impl Form {
    /// Finds motifs and phrases of a song.
    pub fn new(song: &[Vec<u16>]) -> Self {
        let similarity = MeasureSimilarity::new(song);
        let measures = (0..song.len()).map(|at| Some(at).filter(|&at| !song[at].is_empty()));
        let motifs = groups(measures, |a, b| similarity.rows[a][b]);
        Self { motifs, sections: sections(song, &similarity) }
    }

    /// Number of motifs.
    pub fn count(&self) -> usize {
        self.motifs.iter().flatten().max().map_or(0, |last| last + 1)
    }

    /// Number of measures of a motif.
    pub fn times(&self, motif: usize) -> usize {
        self.motifs.iter().filter(|found| **found == Some(motif)).count()
    }
}

/// Puts each item into the group whose first member is most similar to it, or into a new group.
fn groups(
    items: impl Iterator<Item = Option<usize>>,
    similarity: impl Fn(usize, usize) -> f64,
) -> Vec<Option<usize>> {
    let mut leaders: Vec<usize> = Vec::new();
    let mut group_of = |item: usize| {
        let is_similar =
            |&(_, &leader): &(usize, &usize)| similarity(leader, item) >= MIN_SIMILARITY;
        let order = |a: &(usize, &usize), b: &(usize, &usize)| {
            similarity(*a.1, item).total_cmp(&similarity(*b.1, item)).then(b.0.cmp(&a.0))
        };
        let nearest = leaders.iter().enumerate().filter(is_similar).max_by(order);
        let group = nearest.map(|(group, _)| group);
        group.unwrap_or_else(|| {
            leaders.push(item);
            leaders.len() - 1
        })
    };
    items.map(|item| item.map(&mut group_of)).collect()
}

fn sections(song: &[Vec<u16>], similarity: &MeasureSimilarity) -> Vec<Section> {
    let length = song.len() / PHRASES;
    if length == 0 || !song.len().is_multiple_of(PHRASES) {
        return Vec::new();
    }
    let phrase = |phrase: usize| phrase * length..(phrase + 1) * length;
    let phrase_similarity = |a: usize, b: usize| {
        phrase(a).zip(phrase(b)).map(|(a, b)| similarity.rows[a][b]).sum::<f64>() / length as f64
    };
    let sounds = |at: &usize| phrase(*at).any(|measure| !song[measure].is_empty());
    let kinds = groups((0..PHRASES).map(|at| Some(at).filter(sounds)), phrase_similarity);
    let named =
        |(at, name): (usize, SectionName)| Section { first: at * length, measures: length, name };
    names(&kinds).into_iter().enumerate().map(named).collect()
}

/// Returns the name of each phrase, or none; a silent phrase does not return.
fn names(kinds: &[Option<usize>]) -> Vec<SectionName> {
    let returns = |kind: &Option<usize>| {
        kind.is_some() && kinds.iter().filter(|other| *other == kind).count() > 1
    };
    let first = kinds.iter().position(returns);
    let last = kinds.iter().rposition(returns);
    let Some((first, last)) = first.zip(last) else {
        return Vec::new();
    };
    if kinds.iter().all(|kind| kind == &kinds[first]) {
        return Vec::new();
    }
    let name = |(at, kind): (usize, &Option<usize>)| match (returns(kind), at) {
        (true, _) if kind == &kinds[first] => SectionName::Verse,
        (true, _) => SectionName::Chorus,
        (false, at) if at < first => SectionName::Intro,
        (false, at) if at > last => SectionName::Outro,
        (false, _) => SectionName::Bridge,
    };
    kinds.iter().enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;

    /// Four notes of its own for each letter; a point is silence.
    fn of(letters: &str) -> Form {
        let notes = letters.bytes().enumerate().filter(|(_, letter)| *letter != b'.');
        let notes: Vec<_> = notes
            .flat_map(|(measure, letter)| {
                (0..4).map(move |note| (measure, note * 24, 40 + usize::from(letter - b'A')))
            })
            .collect();
        Form::new(&song(&notes))
    }

    fn words(letters: &str) -> Vec<String> {
        of(letters).sections.iter().map(|section| section.name.to_string()).collect()
    }

    #[test]
    fn measures_with_the_same_notes_are_one_motif_and_silence_is_none() {
        let form = of("ABABCC.AABABCC.D");
        let expected = [0, 1, 0, 1, 2, 2, 9, 0, 0, 1, 0, 1, 2, 2, 9, 3];
        let expected = expected.map(|motif| Some(motif).filter(|&motif| motif < 9));
        assert_eq!((form.motifs.as_slice(), form.count()), (expected.as_slice(), 4));
        assert_eq!((form.times(0), form.times(3)), (5, 1));
    }

    #[test]
    fn half_of_the_notes_are_enough_for_a_motif_and_less_is_not() {
        let measure = |measure: usize, pitches: &[usize]| {
            pitches.iter().map(|&pitch| (measure, 0, pitch)).collect::<Vec<_>>()
        };
        let notes = [
            measure(0, &[60, 61, 62]),
            measure(1, &[60, 61, 62, 63, 64, 65]),
            measure(2, &[60, 61, 66, 67]),
        ];
        assert_eq!(Form::new(&song(&notes.concat())).motifs[..3], [Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn phrases_are_named_by_what_returns() {
        assert_eq!(words("ABCDEFGHABCDEFGH"), ["verse", "chorus", "verse", "chorus"]);
        assert_eq!(words("IJKLABCDABCDMNOP"), ["intro", "verse", "verse", "outro"]);
        assert_eq!(words("ABCDABCDEFGHABCD"), ["verse", "verse", "bridge", "verse"]);
        let section = of("ABCDABCDEFGHABCD").sections[2];
        assert_eq!(section, Section { first: 8, measures: 4, name: SectionName::Bridge });
    }

    #[test]
    fn without_evidence_nothing_is_named() {
        assert_eq!(words("ABCDEFGHIJKLMNOP"), [""; 0]);
        assert_eq!(words("ABABABABABABABAB"), [""; 0]);
        assert_eq!(words("................"), [""; 0]);
        assert_eq!(words("ABCD........EFGH"), [""; 0]);
        assert_eq!(Form::new(&[vec![1], vec![1], vec![2]]).sections, []);
    }

    #[test]
    fn a_phrase_that_returns_with_a_few_other_notes_returns() {
        assert_eq!(words("ABCDEFGHABCZIJKL"), ["verse", "bridge", "verse", "outro"]);
    }
}
