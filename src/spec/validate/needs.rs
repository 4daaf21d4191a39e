//! `needs:` and `exclusive:`.

use super::super::error::Checked;
use super::super::fault::Fault;
use super::super::model::{Gpu, Needs};
use super::super::raw::scalar::{Scalar, Typed};
use super::super::raw::tree::{Data, Node};
use super::super::suggest;
use super::declare::Declared;
use super::{name, names_once, unknown_key};

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
/// No machine has more slots; beyond it lies a typing slip.
pub(crate) const MOST_CPUS: i128 = 4096;

/// `needs:`.
pub(crate) fn needs(stage: &Declared<'_>) -> Checked<Needs> {
    let mut needs = Needs::default();
    let Some(node) = stage.node.get("needs") else {
        return Ok(needs);
    };
    let of = format!("'needs' of {}", stage.title());
    for entry in node.map(&of)? {
        let what = format!("'{}' in {of}", entry.key);
        match entry.key.as_str() {
            "cpus" => needs.cpus = Some(cpus(&entry.value, what)?),
            "memory" => needs.memory = Some(memory(&entry.value, &what)?),
            "gpu" => needs.gpu = gpu(&entry.value, what)?,
            _ => return Err(unknown_key(entry, &of, &KEYS)),
        }
    }
    Ok(needs)
}

/// `exclusive:`, sorted.
pub(crate) fn exclusive(stage: &Declared<'_>) -> Checked<Vec<String>> {
    let what = format!("'exclusive' of {}", stage.title());
    let mut names = Vec::new();
    for (written, place) in names_once(stage.node.get("exclusive"), &what)? {
        name("exclusive", written, place)?;
        names.push(written.to_owned());
    }
    names.sort();
    Ok(names)
}

fn cpus(node: &Node, what: String) -> Checked<usize> {
    let expected = format!("a whole number between 1 and {MOST_CPUS}");
    let Data::Scalar(Scalar { typed: Typed::Integer(count), .. }) = node.data else {
        return node.unexpected(&what, &expected);
    };
    match usize::try_from(count) {
        Ok(cpus) if (1..=MOST_CPUS).contains(&count) => Ok(cpus),
        Ok(_) | Err(_) => {
            Err(Fault::OutOfRange { what, found: node.describe(), expected }.at(node.place))
        }
    }
}

fn memory(node: &Node, what: &str) -> Checked<u64> {
    let expected = "an amount of memory such as 4GiB or 500MB";
    let Data::Scalar(scalar) = &node.data else {
        return node.unexpected(what, expected);
    };
    match (scalar.typed, bytes(&scalar.raw)) {
        (Typed::Integer(_) | Typed::Text, Some(bytes)) => Ok(bytes),
        _ => node.unexpected(what, expected),
    }
}

/// Bytes of `4GiB`, `1.5 GB` or `1024`; `None` for zero, too.
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

fn gpu(node: &Node, what: String) -> Checked<Gpu> {
    let words = ["none", "optional", "required"];
    let expected = "'none', 'optional', 'required', true or false";
    let Data::Scalar(scalar) = &node.data else {
        return node.unexpected(&what, expected);
    };
    match (scalar.typed, scalar.raw.as_str()) {
        (Typed::Boolean(false), _) | (Typed::Text, "none") => Ok(Gpu::None),
        (Typed::Boolean(true), _) | (Typed::Text, "required") => Ok(Gpu::Required),
        (Typed::Text, "optional") => Ok(Gpu::Optional),
        (_, word) => {
            let (found, expected) = (node.describe(), expected.to_owned());
            let hint = suggest::did_you_mean(word, words);
            Err(Fault::WrongType { what, found, expected }.at(node.place).hint(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_binary_and_decimal_units() {
        assert_eq!(bytes("4GiB"), Some(4 << 30));
        assert_eq!(bytes("1.5 KiB"), Some(1536));
        assert_eq!(bytes("500MB"), Some(500_000_000));
        assert_eq!(bytes("2048"), Some(2048));
        for wrong in ["", "GiB", "4 GiB of it", "-1GiB", "0", "1e3", "inf", "99999999TiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
