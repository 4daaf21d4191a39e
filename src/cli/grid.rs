//! Aligned lines that fit the screen.

use super::output::PLAIN;
use crate::progress::text::{clean, cut, cut_middle, width};
use anstyle::Style;

/// How a column stands, and what happens to it when the line is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Numbers: to the right, never cut.
    Right,
    /// Words: to the left, never cut.
    Left,
    /// Names: cut in their middle, down to so many columns.
    Middle(usize),
    /// Text: cut at its end, down to so many columns.
    End(usize),
}

/// One cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: clean(&text.into()).into_owned(), style: PLAIN }
    }
}

impl Cell {
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { style, ..Self::from(text) }
    }
}

/// Spaces between two columns.
const GAP: usize = 2;

/// Lines of cells.
pub(super) struct Grid {
    indent: usize,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    pub(super) fn new(indent: usize, columns: &[Column]) -> Self {
        Self { indent, columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Puts a line above all others.
    pub(super) fn head(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.insert(0, cells.into_iter().collect());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, none wider than `limit` as far as the columns can be cut: those of the most room first.
    pub(super) fn render(&self, limit: usize) -> String {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|column| self.cells(column).map(|cell| width(&cell.text)).max().unwrap_or(0))
            .collect();
        let used = widths.iter().filter(|&&width| width > 0).count();
        let gaps = self.indent + GAP * used.saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > limit {
            let room = |&column: &usize| widths[column].saturating_sub(least(self.columns[column]));
            let Some(widest) = (0..widths.len()).max_by_key(room).filter(|c| room(c) > 0) else {
                break;
            };
            widths[widest] -= 1;
        }
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &Cell> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    fn line(&self, row: &[Cell], widths: &[usize]) -> String {
        let mut line = " ".repeat(self.indent);
        // Spaces are written before what follows them, so that none end a line.
        let mut owed = 0;
        for (cell, (column, &most)) in row.iter().zip(self.columns.iter().zip(widths)) {
            if most == 0 {
                continue;
            }
            let text = match column {
                Column::Middle(_) => cut_middle(&cell.text, most),
                _ => cut(&cell.text, most),
            };
            let missing = most.saturating_sub(width(&text));
            let before = if *column == Column::Right { missing } else { 0 };
            if text.is_empty() {
                owed += most + GAP;
                continue;
            }
            line.push_str(&" ".repeat(owed + before));
            let style = cell.style;
            line.push_str(&format!("{style}{text}{style:#}"));
            owed = missing - before + GAP;
        }
        line + "\n"
    }
}

fn least(column: Column) -> usize {
    match column {
        Column::Right | Column::Left => usize::MAX,
        Column::Middle(least) | Column::End(least) => least,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_the_widest_give_way() {
        let mut grid = Grid::new(2, &[Column::Middle(6), Column::Right, Column::End(4)]);
        grid.row(["20261122185555_RUN01".into(), "1.5 s".into(), "twenty epochs, and more".into()]);
        grid.row(["x".into(), "10.0 s".into(), "".into()]);
        insta::assert_snapshot!(grid.render(100), @r"
          20261122185555_RUN01   1.5 s  twenty epochs, and more
          x                     10.0 s
        ");
        insta::assert_snapshot!(grid.render(40), @r"
          2026112…5_RUN01   1.5 s  twenty epoch…
          x                10.0 s
        ");
        let narrow = grid.render(10);
        assert_eq!(narrow, "  20…N01   1.5 s  twe…\n  x       10.0 s\n");
    }
}
