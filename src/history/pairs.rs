//! Pairs the items of two lists.

use std::collections::HashMap;

/// Pairs the items of two lists by name: those of the second list in its order, then those that only the
/// first has.
pub(super) fn by_name<'a, T>(
    a: &'a [T],
    b: &'a [T],
    name: impl Fn(&'a T) -> &'a str,
) -> Vec<(&'a str, Option<&'a T>, Option<&'a T>)> {
    let mut first: HashMap<&str, &T> = a.iter().map(|item| (name(item), item)).collect();
    let mut all: Vec<_> =
        b.iter().map(|item| (name(item), first.remove(name(item)), Some(item))).collect();
    let rest = a.iter().filter(|item| first.contains_key(name(item)));
    all.extend(rest.map(|item| (name(item), Some(item), None)));
    all
}
