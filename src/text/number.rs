use std::fmt::Display;

/// Formats a whole number with thousands separators: `1,203`.
pub fn count(number: impl Display) -> String {
    let text = number.to_string();
    let start = usize::from(text.starts_with('-'));
    let mut grouped = String::with_capacity(text.len() + text.len() / 3);
    for (at, digit) in text.char_indices() {
        if at > start && (text.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Formats a count with its noun: `1 record`, `1,203 records`.
pub fn count_of(number: impl Display, noun: &str) -> String {
    let number = count(number);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Formats a size in decimal units with one decimal: `812 B`, `45.6 kB`, `1.2 GB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1000.0, 0);
    // A size that would round to 1000.0 belongs to the next unit.
    while size >= 999.95 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1000.0, unit + 1);
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// Formats a rate: `1,203/s`, `2.5/s`, `12/min`.
pub fn rate(per_second: f64) -> String {
    match per_second {
        9.95.. => format!("{}/s", count(per_second.round() as u64)),
        0.95.. => format!("{per_second:.1}/s"),
        0.15.. => format!("{:.0}/min", per_second * 60.0),
        _ => format!("{:.1}/min", per_second * 60.0),
    }
}

/// Formats a fraction as a percentage with one decimal. Never `0.0 %` above 0, nor `100.0 %` below 1.
pub fn percent(fraction: f64) -> String {
    let text = format!("{:.1} %", fraction * 100.0);
    match text.as_str() {
        "0.0 %" if fraction > 0.0 => "< 0.1 %".to_owned(),
        "100.0 %" if fraction < 1.0 => "99.9 %".to_owned(),
        _ => text,
    }
}

/// Returns how many decimals (at most 9) show `digits` significant digits of a number of this `magnitude`.
pub fn decimals(magnitude: f64, digits: i32) -> usize {
    if magnitude == 0.0 {
        return 0;
    }
    (f64::from(digits) - 1.0 - magnitude.log10().floor()).clamp(0.0, 9.0) as usize
}

/// Formats `number` to `decimals` decimals, with thousands separators and without a negative zero.
pub fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let text = match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest,
        _ => &text,
    };
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", count(whole)),
        None => count(text),
    }
}

/// Formats `number` to `digits` significant digits: whole numbers in full, tiny and huge ones with an exponent,
/// no trailing zeros.
pub fn significant(number: f64, digits: i32) -> String {
    let text = significant_padded(number, digits);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn significant_padded(number: f64, digits: i32) -> String {
    let magnitude = number.abs();
    if !number.is_finite() {
        number.to_string()
    } else if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        format!("{number:.3e}")
    } else if number.fract() == 0.0 {
        fixed(number, 0)
    } else {
        fixed(number, decimals(magnitude, digits))
    }
}

/// Formats a column of numbers: with the same decimals if few of them show enough digits of each, otherwise each
/// to four significant digits. NaN and infinities are shown as such.
pub fn align_decimals(numbers: &[f64]) -> Vec<String> {
    let magnitudes = numbers.iter().map(|number| number.abs());
    let magnitudes = magnitudes.filter(|size| size.is_finite() && *size > 0.0);
    let largest = magnitudes.clone().fold(0.0, f64::max);
    let smallest = magnitudes.reduce(f64::min).unwrap_or(1.0);
    let whole = numbers.iter().all(|number| number.fract() == 0.0 || !number.is_finite());
    // Four digits of the largest, at least two of the smallest.
    let places = if whole { 0 } else { decimals(largest, 4).max(decimals(smallest, 2)) };
    let comparable =
        largest < 1e15 && (whole || (smallest >= 1e-4 && places <= decimals(largest, 4) + 2));
    let format = |&number: &f64| match comparable && number.is_finite() {
        true => fixed(number, places),
        false => significant_padded(number, 4),
    };
    numbers.iter().map(format).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_separators() {
        for (given, shown) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-999, "-999"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(count(given), shown);
        }
        assert_eq!(
            [0, 1, 1_203].map(|n| count_of(n, "file")),
            ["0 files", "1 file", "1,203 files"]
        );
    }

    #[test]
    fn sizes_have_one_decimal_and_never_show_a_thousand() {
        let shown = [0, 999, 1000, 999_949, 999_950, 45_600_000, 1 << 40, u64::MAX].map(bytes);
        assert_eq!(
            shown,
            ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "45.6 MB", "1.1 TB", "18446.7 PB"]
        );
    }

    #[test]
    fn rates_have_two_digits_at_any_size() {
        let shown = [1202.6, 9.96, 2.5, 0.5, 0.02].map(rate);
        assert_eq!(shown, ["1,203/s", "10/s", "2.5/s", "30/min", "1.2/min"]);
    }

    #[test]
    fn columns_share_decimals_if_that_keeps_their_digits() {
        let numbers = |numbers: &[f64]| align_decimals(numbers).join(" ");
        assert_eq!(numbers(&[1.0, 2.0, -30_000.0]), "1 2 -30,000");
        assert_eq!(numbers(&[120.25, 87.456, 1.0 / 3.0]), "120.25 87.46 0.33");
        assert_eq!(numbers(&[1234.75, 12.25]), "1,235 12");
        assert_eq!(numbers(&[0.00123, 98_765.4]), "0.001230 98,765");
        assert_eq!(numbers(&[1e-7, 2.5]), "1.000e-7 2.500");
        assert_eq!(numbers(&[f64::NAN, f64::INFINITY, 0.25, -0.0]), "NaN inf 0.2500 0.0000");
        assert_eq!(numbers(&[0.0, 0.0]), "0 0");
    }

    #[test]
    fn significant_digits_have_no_trailing_zeros() {
        let numbers = [9.0, 109.999_98, 0.25, 0.033_08, 1_234.56, -0.0, 1e-7, f64::NAN];
        let shown = numbers.map(|number| significant(number, 4));
        assert_eq!(shown, ["9", "110", "0.25", "0.03308", "1,235", "0", "1.000e-7", "NaN"]);
        let shown = [62.34, 0.010_82, 1_919.6].map(|number| significant(number, 3));
        assert_eq!(shown, ["62.3", "0.0108", "1,920"]);
    }

    #[test]
    fn percentages_are_never_rounded_to_nothing_or_all() {
        assert_eq!(
            [0.0, 0.0001, 0.5, 0.9999, 1.0].map(percent),
            ["0.0 %", "< 0.1 %", "50.0 %", "99.9 %", "100.0 %"]
        );
    }
}
