//! Block characters as bars and histograms.

/// Eighths of a cell, growing to the right.
const RIGHT: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Eighths of a cell, growing upward.
const UP: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Returns `part / whole` of `length`, rounded down, but at least 1 for a `part` above 0.
fn scaled(part: u64, whole: u64, length: usize) -> usize {
    let length = length as u128;
    let size = (u128::from(part) * length).checked_div(u128::from(whole)).unwrap_or(0).min(length);
    usize::try_from(size).unwrap_or(0).max(usize::from(part > 0))
}

/// Draws a bar of `part / whole` of `columns`, in eighths of a column.
pub(super) fn bar(part: u64, whole: u64, columns: usize) -> String {
    let eighths = scaled(part, whole, columns * 8);
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(RIGHT[eighths % 8]);
    }
    bar
}

/// Draws a histogram `rows` high. Each count is a block `thickness` columns wide; a count above 0 always shows.
pub(super) fn histogram(counts: &[u64], rows: usize, thickness: usize) -> Vec<String> {
    let highest = counts.iter().copied().max().unwrap_or(0);
    let height = |&count: &u64| scaled(count, highest, rows * 8);
    let heights: Vec<usize> = counts.iter().map(height).collect();
    let row = |below: usize| {
        let blocks = heights.iter().map(|height| UP[height.saturating_sub(below * 8).min(8)]);
        let row: String = blocks.flat_map(|block| std::iter::repeat_n(block, thickness)).collect();
        row.trim_end().to_owned()
    };
    (0..rows).rev().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_never_drawn_as_nothing() {
        assert_eq!(bar(1, 1_000_000, 10), "▏");
        assert_eq!(bar(0, 10, 10), "");
        assert_eq!(bar(10, 10, 3), "███");
        assert_eq!(bar(u64::MAX, u64::MAX, 3), "███");
        assert_eq!(histogram(&[0, 1, 8, 16], 2, 2), ["      ██", "  ▁▁████"]);
        assert_eq!(histogram(&[], 2, 1), ["", ""]);
    }
}
