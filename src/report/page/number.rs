//! Numbers in few digits, with grouped thousands.

use crate::text;

/// Maximum of [`places`].
const MAX_PLACES: usize = 6;

/// Returns the decimal places that show three significant digits of the largest of `values`; 0 if all are whole.
pub(super) fn places(values: impl IntoIterator<Item = f64>) -> usize {
    let (mut largest, mut whole) = (0f64, true);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        largest = largest.max(value.abs());
        whole &= value.fract() == 0.0;
    }
    if whole { 0 } else { text::decimals(largest, 3).min(MAX_PLACES) }
}

/// Formats `value` with `places` decimal places, thousands separated by a thin space, and a true minus sign; as a
/// dash if it is not finite, and in scientific notation from ten million on.
pub(super) fn fixed(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    if value.abs() >= 1e7 {
        return scientific(value);
    }
    text::fixed(value, places).replace(',', "\u{202f}").replace('-', "\u{2212}")
}

/// Formats `value` with three significant digits, whole numbers in full.
pub fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        return scientific(value);
    }
    let text = fixed(value, places([value]));
    match text.contains('.') {
        true if !text.contains('×') => text.trim_end_matches('0').trim_end_matches('.').into(),
        _ => text,
    }
}

/// Formats `value` as 1.23×10⁻⁴.
pub(super) fn scientific(value: f64) -> String {
    let text = format!("{value:.2e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}");
    let raised = exponent.chars().map(|digit| match digit.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    });
    format!("{mantissa}×10{}", raised.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (16.0, "16"),
            (1.0 / 3.0, "0.333"),
            (0.001, "0.001"),
            (3.5, "3.5"),
            (12.345, "12.3"),
            (-4567.8, "−4\u{202f}568"),
            (9999.6, "10\u{202f}000"),
            (48_500_056.0, "4.85×10⁷"),
            (0.000_012, "1.2×10⁻⁵"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn row_shares_its_decimal_places() {
        let row = [0.02, 1.5, 12.0];
        assert_eq!(row.map(|value| fixed(value, places(row))), ["0.0", "1.5", "12.0"]);
        assert_eq!((places([4.0, 100.0]), places([0.5]), places([f64::NAN])), (0, 3, 0));
    }

    #[test]
    fn value_that_rounds_to_zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
    }
}
