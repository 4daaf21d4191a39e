//! One regression tree on classes of numbers.

use super::bins::BINS;

/// Weight of the squared values of the leaves.
const RIDGE: f64 = 1.0;
/// Smallest sum of second derivatives of a leaf: with the logistic loss, four undecided songs.
const MIN_CURVATURE: f64 = 1.0;

/// First and second derivative of the loss of a row, or sums of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Slope {
    pub(super) gradient: f64,
    pub(super) curvature: f64,
}

impl Slope {
    fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
    }

    fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
        }
    }

    /// Returns how far a leaf of these rows lowers the loss, times two.
    fn gain(self) -> f64 {
        self.gradient * self.gradient / (self.curvature + RIDGE)
    }
}

/// A node: two more nodes, or a value.
enum Node {
    Split { column: usize, class: u8, below: usize, above: usize },
    Leaf(f64),
}

/// A tree of a fixed depth.
pub(super) struct Tree(Vec<Node>);

/// A tree while it grows.
struct Growth<'a> {
    classes: &'a [Vec<u8>],
    slopes: &'a [Slope],
    columns: &'a [usize],
    gains: &'a mut [f64],
    nodes: Vec<Node>,
}

impl Growth<'_> {
    /// Adds a node for these rows, and the nodes below it. Returns its index.
    fn grow(&mut self, rows: Vec<usize>, depth: usize) -> usize {
        let Self { classes, slopes, columns, .. } = *self;
        let mut all = Slope::default();
        rows.iter().for_each(|&row| all.add(slopes[row]));
        let index = self.nodes.len();
        self.nodes.push(Node::Leaf(-all.gradient / (all.curvature + RIDGE)));
        let found = (depth > 0).then(|| best_split(classes, slopes, &rows, columns, all)).flatten();
        if let Some((gain, column, class)) = found {
            self.gains[column] += gain;
            let (low, high) = rows.into_iter().partition(|&row| classes[row][column] <= class);
            let below = self.grow(low, depth - 1);
            let above = self.grow(high, depth - 1);
            self.nodes[index] = Node::Split { column, class, below, above };
        }
        index
    }
}

impl Tree {
    /// Fits a tree of at most `depth` splits from root to leaf to the slopes of `rows`, with splits at `columns`. Adds
    /// the gain of each split to `gains`, by column.
    pub(super) fn fit(
        classes: &[Vec<u8>],
        slopes: &[Slope],
        rows: Vec<usize>,
        columns: &[usize],
        depth: usize,
        gains: &mut [f64],
    ) -> Self {
        let mut growth = Growth { classes, slopes, columns, gains, nodes: Vec::new() };
        growth.grow(rows, depth);
        Self(growth.nodes)
    }

    /// Returns the value of the leaf that a row falls into.
    pub(super) fn value(&self, classes: &[u8]) -> f64 {
        let mut index = 0;
        loop {
            match self.0[index] {
                Node::Leaf(value) => return value,
                Node::Split { column, class, below, above } => {
                    index = if classes[column] <= class { below } else { above };
                }
            }
        }
    }
}

/// Returns gain, column and highest lower class of the best split; of equals the first.
fn best_split(
    classes: &[Vec<u8>],
    slopes: &[Slope],
    rows: &[usize],
    columns: &[usize],
    all: Slope,
) -> Option<(f64, usize, u8)> {
    let mut best: Option<(f64, usize, u8)> = None;
    for &column in columns {
        let mut sums = [Slope::default(); BINS];
        rows.iter().for_each(|&row| sums[usize::from(classes[row][column])].add(slopes[row]));
        let mut low = Slope::default();
        for (class, sum) in (0..).zip(&sums[..BINS - 1]) {
            low.add(*sum);
            let high = all.minus(low);
            if low.curvature < MIN_CURVATURE || high.curvature < MIN_CURVATURE {
                continue;
            }
            let gain = low.gain() + high.gain() - all.gain();
            if gain > best.map_or(1e-9, |(gain, ..)| gain) {
                best = Some((gain, column, class));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_finds_the_column_that_separates_and_its_border() {
        let classes: Vec<Vec<u8>> = (0..40).map(|row| vec![row % 3, row / 2]).collect();
        let slope =
            |row: usize| Slope { gradient: if row < 26 { 0.5 } else { -0.5 }, curvature: 0.25 };
        let slopes: Vec<Slope> = (0..40).map(slope).collect();
        let mut gains = [0.0; 2];
        let tree = Tree::fit(&classes, &slopes, (0..40).collect(), &[0, 1], 2, &mut gains);
        assert!(tree.value(&[0, 12]) < -1.0 && tree.value(&[0, 13]) > 1.0);
        assert!(gains[1] > gains[0]);
    }

    #[test]
    fn few_rows_are_one_leaf() {
        let slopes = [Slope { gradient: 1.0, curvature: 0.25 }; 3];
        let classes = vec![vec![0], vec![1], vec![2]];
        let tree = Tree::fit(&classes, &slopes, vec![0, 1, 2], &[0], 4, &mut [0.0]);
        assert_eq!(tree.value(&[0]), tree.value(&[2]));
    }
}
