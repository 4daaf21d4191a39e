/// `digits` (of a whole number, perhaps with a sign) in groups of three.
fn group(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A whole number with thousands separators.
pub fn thousands(number: impl std::fmt::Display) -> String {
    group(&number.to_string())
}

/// How many decimals leave so many significant digits of a number of this size.
fn decimals(magnitude: f64, digits: f64) -> usize {
    if magnitude == 0.0 {
        return 0;
    }
    (digits - 1.0 - magnitude.log10().floor()).clamp(0.0, 9.0) as usize
}

fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    // Not "-0.00".
    let text = match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    };
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", group(whole)),
        None => group(&text),
    }
}

/// A number with so many significant digits: whole where it is, as a power of ten where it is tiny or huge.
fn significant(number: f64, digits: f64) -> String {
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        return format!("{number:.3e}");
    }
    if number.fract() == 0.0 {
        fixed(number, 0)
    } else {
        fixed(number, decimals(magnitude, digits))
    }
}

/// A number by itself: four significant digits, without zeros at the end of its decimals.
pub fn lone(number: f64) -> String {
    trimmed(number, 4.0)
}

/// A number at a glance: three significant digits, without zeros at the end of its decimals.
pub fn brief(number: f64) -> String {
    trimmed(number, 3.0)
}

fn trimmed(number: f64, digits: f64) -> String {
    let text = if number.is_finite() { significant(number, digits) } else { number.to_string() };
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A fraction as a percentage: one decimal, but no `0.0 %` for something and no `100.0 %` for less than all.
pub fn percent(share: f64) -> String {
    let text = format!("{:.1} %", share * 100.0);
    match text.as_str() {
        "0.0 %" if share > 0.0 => "< 0.1 %".to_owned(),
        "100.0 %" if share < 1.0 => "99.9 %".to_owned(),
        _ => text,
    }
}

/// A column of numbers to be read below each other: with the same decimals where these are few and keep enough digits of
/// each, else each with four significant digits. What is no number is shown as itself.
pub fn fixed_or_significant(numbers: &[f64]) -> Vec<String> {
    let magnitudes =
        || numbers.iter().map(|number| number.abs()).filter(|size| size.is_finite() && *size > 0.0);
    let largest = magnitudes().fold(0.0, f64::max);
    let smallest = magnitudes().fold(f64::INFINITY, f64::min);
    let smallest = if smallest.is_finite() { smallest } else { 1.0 };
    let whole = numbers.iter().all(|number| number.fract() == 0.0 || !number.is_finite());
    // Four digits of the largest, but two of the smallest at least.
    let places = if whole { 0 } else { decimals(largest, 4.0).max(decimals(smallest, 2.0)) };
    let comparable =
        largest < 1e15 && (whole || (smallest >= 1e-4 && places <= decimals(largest, 4.0) + 2));
    let one = |&number: &f64| match number {
        number if !number.is_finite() => number.to_string(),
        number if comparable => fixed(number, places),
        number => significant(number, 4.0),
    };
    numbers.iter().map(one).collect()
}
