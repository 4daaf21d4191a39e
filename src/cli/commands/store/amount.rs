//! Counts and sizes as a person reads them.

use crate::progress::format::count;
use crate::store::Amount;

/// A size: `812 B`, `45.6 kB`, `1.2 GB`; a thousand of each make one of the next.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    // What would be shown as 1000.0 belongs to the next unit.
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// `1 record`, `3 records`.
pub(super) fn number_of(number: u64, what: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {what}{end}", count(number))
}

/// A row of a table: what, how many, how large.
pub(super) fn row(what: &str, amount: Amount) -> String {
    format!("{what:<32} {:>9}  {:>10}\n", count(amount.files), bytes(amount.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_one_decimal_and_never_say_a_thousand() {
        let told = [0, 999, 1000, 999_949, 999_950, 45_600_000, 1 << 40, u64::MAX].map(bytes);
        assert_eq!(
            told,
            ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "45.6 MB", "1.1 TB", "18446.7 PB"]
        );
        assert_eq!([999, 1000, 1_234_567].map(count), ["999", "1,000", "1,234,567"]);
    }
}
