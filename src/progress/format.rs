//! Phrases that several sinks show.

use crate::event::{Outcome, PartCounts, RunOutcome};
use crate::text::{count, count_of, duration};

/// Formats progress: `412/625 files`, or `412 files` if the total is unknown (0).
pub(super) fn done_of_total(done: u64, total: u64, unit: &str) -> String {
    let noun = unit.strip_suffix('s').unwrap_or(unit);
    match total {
        0 => count_of(done, noun),
        _ => format!("{}/{}", count(done), count_of(total, noun)),
    }
}

/// Formats incremental reuse: `1 part computed, 19,999 reused`. Returns `None` if nothing was reused: the stage's
/// own note counts the parts then.
pub(super) fn parts(PartCounts { computed, reused }: PartCounts) -> Option<String> {
    (reused > 0)
        .then(|| format!("{} computed, {} reused", count_of(computed, "part"), count(reused)))
}

/// Formats the end of a run: `failed in 1.7 s: 4 ran, 1 failed`.
pub(super) fn run_end(outcome: RunOutcome, seconds: f64, counts: &[(Outcome, usize)]) -> String {
    let end = format!("{outcome} in {}", duration(seconds));
    match tally_outcomes(counts) {
        empty if empty.is_empty() => end,
        tally => format!("{end}: {tally}"),
    }
}

/// Formats the outcomes that occurred: `4 ran, 1 failed`. Empty if there were no stages.
pub(crate) fn tally_outcomes(counts: &[(Outcome, usize)]) -> String {
    let occurred = counts.iter().filter(|(_, number)| *number > 0);
    occurred.map(|(outcome, number)| format!("{number} {outcome}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_without_a_total_has_no_slash() {
        assert_eq!(done_of_total(412, 1_625, "files"), "412/1,625 files");
        assert_eq!(done_of_total(412, 0, "files"), "412 files");
        assert_eq!(done_of_total(1, 0, "seconds"), "1 second");
        assert_eq!(done_of_total(0, 1, "files"), "0/1 file");
    }

    #[test]
    fn parts_are_reported_if_some_were_reused() {
        let shown = |computed, reused| parts(PartCounts { computed, reused });
        assert_eq!(shown(1, 19_999).unwrap(), "1 part computed, 19,999 reused");
        assert_eq!(shown(0, 1).unwrap(), "0 parts computed, 1 reused");
        assert_eq!(shown(20_000, 0), None);
    }

    #[test]
    fn tally_leaves_out_outcomes_that_did_not_occur() {
        let counts = [(Outcome::Ran, 4), (Outcome::Fresh, 0), (Outcome::Failed, 1)];
        assert_eq!(tally_outcomes(&counts), "4 ran, 1 failed");
        assert_eq!(tally_outcomes(&[]), "");
        assert_eq!(run_end(RunOutcome::Failed, 1.7, &counts), "failed in 1.7 s: 4 ran, 1 failed");
        assert_eq!(run_end(RunOutcome::Done, 1.7, &[]), "done in 1.7 s");
    }
}
