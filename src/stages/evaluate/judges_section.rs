//! Values of the report's section on the judges.

use super::coding::Coding;
use super::judges::{JudgedSet, Judging};
use crate::metrics::judges::{Judge, MOVED};
use crate::report::page::{JudgeRow, Judges};

/// Builds the section.
pub(super) fn judges_section(judging: &Judging, coding: &Coding) -> Judges {
    let worst = judging.worst().map(|(judge, _)| judge);
    let row = |&judge: &Judge| {
        let accuracy = |set| judging.verdict(judge, set).map(|verdict| verdict.accuracy);
        let (name, about) = description(judge);
        JudgeRow {
            name: name.to_owned(),
            about: about.to_owned(),
            is_worst: Some(judge) == worst,
            generated: judging.verdict(judge, JudgedSet::Drawn),
            reconstructed: accuracy(JudgedSet::Reconstructed),
            train: accuracy(JudgedSet::Train),
            shuffled: accuracy(JudgedSet::Shuffled),
            null: accuracy(JudgedSet::Null),
            power: accuracy(JudgedSet::Power),
        }
    };
    Judges {
        side: judging.side.to_owned(),
        songs: judging.songs,
        others: judging.others,
        moved: MOVED,
        coder: coding.text(),
        rows: Judge::ALL.iter().map(row).collect(),
    }
}

/// Returns the name of a judge, and a description.
pub(super) fn description(judge: Judge) -> (&'static str, &'static str) {
    match judge {
        Judge::Features => ("Regression on features", "logistic, on the features of a song"),
        Judge::Neighbour => ("Nearest neighbour", "the most similar song by these features"),
        Judge::Counts => (
            "Regression on counts",
            "logistic, on 784 counts of pitches, steps, chords, intervals and returns",
        ),
        Judge::Trees => ("Boosted trees", "on the same counts"),
        Judge::Notes => {
            ("Neural network", "on what is around each note, also 1, 2, 4 and 8 measures before")
        }
    }
}
