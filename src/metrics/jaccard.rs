//! The Jaccard index.

/// Counts the members that two sorted, distinct lists share.
pub(super) fn shared(a: &[u16], b: &[u16]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        shared += usize::from(a[i] == b[j]);
        (i, j) = (i + usize::from(a[i] <= b[j]), j + usize::from(b[j] <= a[i]));
    }
    shared
}

/// Jaccard index `|A and B| / |A or B|`, 0..=1, of sets of `a` and `b` members of which they share `shared`; 1 if both
/// are empty.
pub(super) fn jaccard_index(shared: usize, a: usize, b: usize) -> f64 {
    let all = a + b - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}
