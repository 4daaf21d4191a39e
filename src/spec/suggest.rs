//! The nearest valid name.

use std::cmp::Reverse;

/// Candidates are listed in full in a hint up to this many.
const LISTED: usize = 12;

/// The candidate that a typing slip away from `name` is most likely meant: at most one edit
/// (insertion, deletion, substitution, swap of neighbours) per three characters, case aside.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance <= allowed && distance < candidate.len())
        // Of two that are equally near, the one that begins alike.
        .min_by_key(|&(distance, candidate)| {
            let lower = candidate.to_lowercase();
            let alike = name.chars().zip(lower.chars());
            (distance, Reverse(alike.take_while(|(a, b)| a == b).count()), candidate)
        })
        .map(|(_, candidate)| candidate)
}

/// `did you mean 'epochs'?`
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(name, candidates).map(|near| format!("did you mean '{near}'?"))
}

/// `did you mean ..?`, or else `what: a, b, c` when there are few enough to read.
pub(crate) fn or_list<'a>(
    name: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    did_you_mean(name, candidates.clone()).or_else(|| listed(what, candidates))
}

/// `what: a, b, c` when there are a few.
pub(crate) fn listed<'a>(
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let names: Vec<&str> = candidates.into_iter().collect();
    (1..=LISTED).contains(&names.len()).then(|| format!("{what}: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let names = ["epochs", "batch", "beta"];
        assert_eq!(nearest("epoch", names), Some("epochs"));
        assert_eq!(nearest("Ehpocs", names), Some("epochs"));
        assert_eq!(nearest("bacth", names), Some("batch"));
        assert_eq!(nearest("temperature", names), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("gpus", ["cpus", "gpu"]), Some("gpu"));
    }

    #[test]
    fn few_names_are_listed_and_many_are_not() {
        assert_eq!(or_list("zzz", "kinds", ["a", "b"]).as_deref(), Some("kinds: a, b"));
        let many: Vec<String> = (0..20).map(|i| format!("name{i}")).collect();
        assert_eq!(listed("names", many.iter().map(String::as_str)), None);
        assert_eq!(listed("names", []), None);
    }
}
