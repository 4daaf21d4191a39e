//! Numbers as a person reads them.

use crate::event::{Outcome, Parts};

/// A duration: `1.2 s` below a minute, then `1:05`, `1:02:03`.
pub(super) fn seconds(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round();
    if tenths < 600.0 { format!("{:.1} s", tenths / 10.0) } else { clock(seconds) }
}

/// A duration in whole seconds: `0:03`, `1:02:03`.
pub(super) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// A count with separators: `1,203`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An amount of data: `512 B`, `3.4 MB`, `12 GB`.
pub(super) fn bytes(bytes: u64) -> String {
    let (mut amount, mut unit) = (bytes as f64, 0);
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        (amount, unit) = (amount / 1000.0, unit + 1);
    }
    match (unit, amount) {
        (1.., small) if small < 9.95 => format!("{small:.1} {}", UNITS[unit]),
        (_, amount) => format!("{amount:.0} {}", UNITS[unit]),
    }
}

/// How far: `412/625 files`, or `412 files` where the total is unknown.
pub(super) fn amount(done: u64, total: u64, unit: &str) -> String {
    match total {
        0 => format!("{} {unit}", count(done)),
        _ => format!("{}/{} {unit}", count(done), count(total)),
    }
}

/// `1 stage`, `6 stages`.
pub(super) fn stages(number: usize) -> String {
    format!("{number} stage{}", if number == 1 { "" } else { "s" })
}

/// `1 part made, 19,999 taken from the last run`; nothing when none was taken: then all were made, which
/// the stage's own words tell.
pub(super) fn parts(parts: Parts) -> Option<String> {
    let Parts { made, taken } = parts;
    let plural = if made == 1 { "" } else { "s" };
    let text =
        || format!("{} part{plural} made, {} taken from the last run", count(made), count(taken));
    (taken > 0).then(text)
}

/// A rate: `1,203/s`, `2.5/s`, `12/min`.
pub(super) fn rate(per_second: f64) -> String {
    match per_second {
        fast if fast >= 9.95 => format!("{}/s", count(fast.round() as u64)),
        slow if slow >= 0.95 => format!("{slow:.1}/s"),
        rare if rare >= 0.15 => format!("{:.0}/min", rare * 60.0),
        rarer => format!("{:.1}/min", rarer * 60.0),
    }
}

/// An outcome's name.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ran => "ran",
        Outcome::Fresh => "fresh",
        Outcome::Restored => "restored",
        Outcome::Failed => "failed",
        Outcome::Blocked => "blocked",
        Outcome::Interrupted => "interrupted",
    }
}

/// `4 ran, 1 failed`: the outcomes that occurred; empty when there were no stages.
pub(super) fn tally(counts: &[(Outcome, usize)]) -> String {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(which, number)| format!("{number} {}", outcome(*which)))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_tenths_below_a_minute_and_colons_above() {
        for (given, shown) in [
            (0.0, "0.0 s"),
            (1.24, "1.2 s"),
            (59.94, "59.9 s"),
            (59.96, "1:00"),
            (65.4, "1:05"),
            (3599.6, "1:00:00"),
            (3723.0, "1:02:03"),
            (-1.0, "0.0 s"),
            (f64::NAN, "0.0 s"),
        ] {
            assert_eq!(seconds(given), shown, "{given}");
        }
        assert_eq!(clock(3.2), "0:03");
    }

    #[test]
    fn counts_are_separated_by_thousands() {
        for (given, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(given), shown);
        }
        assert_eq!(amount(412, 1_625, "files"), "412/1,625 files");
        assert_eq!(amount(412, 0, "files"), "412 files");
    }

    #[test]
    fn an_amount_of_data_has_two_digits_or_three() {
        for (given, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (12_345, "12 kB"),
            (999_600, "1.0 MB"),
            (759_286_641, "759 MB"),
            (3_400_000_000, "3.4 GB"),
        ] {
            assert_eq!(bytes(given), shown);
        }
    }

    #[test]
    fn a_rate_keeps_two_digits_at_any_size() {
        for (given, shown) in [
            (1202.6, "1,203/s"),
            (9.96, "10/s"),
            (2.5, "2.5/s"),
            (0.5, "30/min"),
            (0.02, "1.2/min"),
        ] {
            assert_eq!(rate(given), shown);
        }
    }

    #[test]
    fn parts_are_told_when_some_were_taken() {
        let told = |made, taken| parts(Parts { made, taken });
        assert_eq!(told(1, 19_999).unwrap(), "1 part made, 19,999 taken from the last run");
        assert_eq!(told(0, 1).unwrap(), "0 parts made, 1 taken from the last run");
        assert_eq!(told(20_000, 0), None);
    }

    #[test]
    fn a_tally_leaves_out_what_did_not_occur() {
        let counts = [(Outcome::Ran, 4), (Outcome::Fresh, 0), (Outcome::Failed, 1)];
        assert_eq!(tally(&counts), "4 ran, 1 failed");
        assert_eq!(tally(&[]), "");
    }
}
