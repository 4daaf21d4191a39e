//! `needs:` and `exclusive:`.

use super::checks::{distinct_names, name, unknown_key};
use super::declare::Declared;
use crate::spec::{Gpu, Node, Resources, Scalar, ScalarValue, SpecErrorKind, SpecResult};
use crate::text::suggest;

const KEYS: [&str; 3] = ["cpus", "memory", "gpu"];
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];
/// No machine has more slots; a larger number is a typing error.
pub(crate) const MAX_CPUS: i128 = 4096;

/// Reads `needs:`.
pub(crate) fn resources(stage: &Declared<'_>) -> SpecResult<Resources> {
    let mut resources = Resources::default();
    let Some(node) = stage.node.get("needs") else { return Ok(resources) };
    let of = format!("'needs' of {}", stage.title());
    for entry in node.map(&of)? {
        let what = format!("'{}' in {of}", entry.key);
        match entry.key.as_str() {
            "cpus" => resources.cpus = Some(entry.value.whole_number(&what, 1..=MAX_CPUS)?),
            "memory" => resources.memory = Some(memory(&entry.value, &what)?),
            "gpu" => resources.gpu = gpu(&entry.value, &what)?,
            _ => return Err(unknown_key(entry, &of, &KEYS)),
        }
    }
    Ok(resources)
}

/// Reads `exclusive:`, sorted.
pub(crate) fn exclusive(stage: &Declared<'_>) -> SpecResult<Vec<String>> {
    let what = format!("'exclusive' of {}", stage.title());
    let mut names = Vec::new();
    for (written, location) in distinct_names(stage.node.get("exclusive"), &what)? {
        name("exclusive", written, location)?;
        names.push(written.to_owned());
    }
    names.sort();
    Ok(names)
}

fn memory(node: &Node, what: &str) -> SpecResult<u64> {
    let is_amount =
        |scalar: &&Scalar| matches!(scalar.value, ScalarValue::Integer(_) | ScalarValue::Text);
    match node.scalar().filter(is_amount).and_then(|scalar| bytes(&scalar.raw)) {
        Some(bytes) => Ok(bytes),
        None => node.unexpected(what, "an amount of memory such as 4GiB or 500MB"),
    }
}

/// Parses `4GiB`, `1.5 GB` or `1024` as bytes; `None` for zero, too.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)))
        .unwrap_or((text, 1));
    let number = number.trim_end();
    if !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let bytes = number.parse::<f64>().ok()? * unit as f64;
    // Above 2^63 bytes the conversion would saturate.
    (1.0..=9.2e18).contains(&bytes).then_some(bytes as u64)
}

fn gpu(node: &Node, what: &str) -> SpecResult<Gpu> {
    let expected = "'none', 'optional', 'required', true or false";
    let Some(scalar) = node.scalar() else { return node.unexpected(what, expected) };
    match (scalar.value, scalar.raw.as_str()) {
        (ScalarValue::Boolean(false), _) | (ScalarValue::Text, "none") => Ok(Gpu::None),
        (ScalarValue::Boolean(true), _) | (ScalarValue::Text, "required") => Ok(Gpu::Required),
        (ScalarValue::Text, "optional") => Ok(Gpu::Optional),
        (_, word) => Err(node
            .mismatch(SpecErrorKind::WrongType, what, expected)
            .maybe_hint(suggest::did_you_mean(word, ["none", "optional", "required"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_accepts_binary_and_decimal_units() {
        assert_eq!(bytes("4GiB"), Some(4 << 30));
        assert_eq!(bytes("1.5 KiB"), Some(1536));
        assert_eq!(bytes("500MB"), Some(500_000_000));
        assert_eq!(bytes("2048"), Some(2048));
        for wrong in ["", "GiB", "4 GiB of it", "-1GiB", "0", "1e3", "inf", "99999999TiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
