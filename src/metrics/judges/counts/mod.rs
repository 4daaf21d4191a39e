//! Some eight hundred counts of a song, for judges that compare tables of numbers.
//!
//! All are shares, means or deviations, so that songs of different lengths compare. Times are in fractions of a measure,
//! so that they mean the same on every grid.

mod lines;
mod pitches;
mod returns;
mod rhythm;
mod sheet;
mod spreads;

use super::chords::chords;
use crate::music::roll::RollShape;
pub use sheet::Sheet;

/// Counts a song.
pub fn counts(song: &[Vec<u16>], shape: &RollShape) -> Sheet {
    let chords = chords(song, shape);
    let mut sheet = Sheet::default();
    pitches::add(&mut sheet, &chords);
    rhythm::add(&mut sheet, &chords, shape);
    lines::add(&mut sheet, &chords);
    returns::add(&mut sheet, song, &chords, shape);
    spreads::add(&mut sheet, song.len(), &chords);
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;
    use std::collections::BTreeSet;

    #[test]
    fn every_song_has_the_same_finite_counts() {
        let shape = RollShape::THESIS;
        let empty = counts(&song(&[]), &shape);
        let full = counts(&song(&[(0, 0, 60), (0, 0, 64), (1, 24, 60), (15, 90, 30)]), &shape);
        assert_eq!(empty.names(), full.names());
        let distinct: BTreeSet<&String> = full.names().iter().collect();
        assert_eq!(distinct.len(), full.names().len());
        for sheet in [empty, full] {
            assert_eq!(sheet.values().len(), sheet.names().len());
            assert!(sheet.values().iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn counts_of_a_song_are_those_at_its_places() {
        let sheet = counts(&song(&[(0, 0, 60), (0, 0, 64), (0, 24, 67)]), &RollShape::THESIS);
        let value = |name: &str| {
            let at = sheet.names().iter().position(|found| found == name);
            sheet.values()[at.unwrap_or_else(|| panic!("{name}"))]
        };
        assert_eq!((value("chord_size_0"), value("chord_size_1")), (0.5, 0.5));
        assert_eq!((value("chord_interval_4"), value("top_interval_3")), (1.0, 1.0));
        assert_eq!((value("interval_in_steps_24"), value("step_0")), (1.0, 2.0 / 3.0));
    }
}
