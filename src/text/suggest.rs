//! Suggestions for a mistyped name.

use std::cmp::Reverse;

/// Up to this many candidates are listed in a hint.
const MAX_LISTED: usize = 12;

/// Returns the candidate that `name` is most likely a typo of: at most one edit (insertion, deletion, substitution,
/// swap of neighbours) per three characters, ignoring case.
pub fn nearest<T: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = T>) -> Option<T> {
    let name = name.to_lowercase();
    let max_edits = (name.chars().count() / 3).max(1);
    let near = candidates.into_iter().filter_map(|candidate| {
        let lower = candidate.as_ref().to_lowercase();
        let edits = strsim::damerau_levenshtein(&name, &lower);
        // Among equally near candidates, the one with the longest common beginning.
        let common = name.chars().zip(lower.chars()).take_while(|(a, b)| a == b).count();
        let key = (edits, Reverse(common), candidate.as_ref().to_owned());
        (edits <= max_edits && edits < lower.len()).then_some((key, candidate))
    });
    near.min_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, candidate)| candidate)
}

/// Returns `did you mean 'epochs'?` if a candidate is near.
pub fn did_you_mean<N: IntoIterator<Item: AsRef<str>>>(name: &str, names: N) -> Option<String> {
    nearest(name, names).map(|near| format!("did you mean '{}'?", near.as_ref()))
}

/// Returns `did you mean ..?`, otherwise `what: a, b, c` if there are few candidates.
pub fn or_list<T: AsRef<str>>(
    name: &str,
    what: &str,
    candidates: impl IntoIterator<Item = T> + Clone,
) -> Option<String> {
    did_you_mean(name, candidates.clone()).or_else(|| listed(what, candidates))
}

/// Returns `what: a, b, c` if there are few candidates.
pub fn listed<N: IntoIterator<Item: AsRef<str>>>(what: &str, names: N) -> Option<String> {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    (1..=MAX_LISTED).contains(&names.len()).then(|| format!("{what}: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognized_and_other_words_are_not() {
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
        assert_eq!(listed("names", &many), None);
        assert_eq!(listed("names", [""; 0]), None);
    }
}
