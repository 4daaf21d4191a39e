use super::style::PLAIN;
use super::{sanitize, truncate, truncate_middle, width};
use anstyle::Style;

/// Alignment of a column, and how its cells are shortened if the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Right-aligned, never shortened: a shortened number is a wrong number.
    Right,
    /// Left-aligned, never shortened.
    Left,
    /// Left-aligned, shortened in the middle, down to this width.
    Middle(usize),
    /// Left-aligned, shortened at the end, down to this width.
    End(usize),
    /// Right-aligned, a longer heading shortened in the middle, down to this width.
    Number(usize),
}

impl Column {
    fn min_width(self) -> usize {
        match self {
            Self::Right | Self::Left => usize::MAX,
            Self::Middle(min) | Self::End(min) | Self::Number(min) => min,
        }
    }
}

/// One sanitized cell of a [`TextTable`].
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: sanitize(&text.into()).into_owned(), style: PLAIN }
    }
}

impl Cell {
    /// A cell in `style`.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { style, ..Self::from(text) }
    }
}

/// Spaces between two columns.
const GAP: usize = 2;

/// A table of aligned columns. Columns whose cells are all empty are left out.
pub struct TextTable {
    indent: usize,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// Draw a line below the first row.
    pub rule: bool,
}

impl TextTable {
    /// An empty table whose lines are indented by `indent` spaces.
    pub fn new(indent: usize, columns: &[Column]) -> Self {
        Self { indent, columns: columns.to_vec(), rows: Vec::new(), rule: false }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Inserts a row above all others.
    pub fn header(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.insert(0, cells.into_iter().collect());
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Removes columns from the right until the others, fully shortened, fit into `limit` columns. The first
    /// always stays. Returns the headings of those removed.
    pub fn drop_columns(&mut self, limit: usize) -> Vec<String> {
        let mut headings = Vec::new();
        let mut widths = self.widths();
        let min = |(column, width): (&Column, &usize)| column.min_width().min(*width) + GAP;
        while widths.len() > 1
            && self.columns.iter().zip(&widths).map(min).sum::<usize>() > limit + GAP
        {
            widths.pop();
            let last = widths.len();
            let heading = self.rows.first().and_then(|row| row.get(last));
            headings.extend(heading.map(|cell| cell.text.clone()));
            self.columns.truncate(last);
        }
        if let [only] = &mut self.columns[..]
            && widths[0] > limit
        {
            *only = Column::Middle(1);
        }
        headings.reverse();
        headings
    }

    /// The table as lines of at most `limit` columns, as far as the cells can be shortened. The widest columns are
    /// shortened first.
    pub fn render(&self, limit: usize) -> String {
        let mut widths = self.widths();
        let gaps = GAP * widths.iter().filter(|&&width| width > 0).count().saturating_sub(1);
        let mut excess = (self.indent + gaps + widths.iter().sum::<usize>()).saturating_sub(limit);
        while excess > 0 {
            let can_shrink = |&at: &usize| widths[at] > self.columns[at].min_width();
            let shrinkable = (0..widths.len()).filter(can_shrink);
            let Some(widest) = shrinkable.max_by_key(|&at| widths[at]) else { break };
            widths[widest] -= 1;
            excess -= 1;
        }
        let mut lines = self.rows.iter().map(|row| self.line(row, &widths)).collect::<Vec<_>>();
        if self.rule {
            let rule: Vec<Cell> = widths.iter().map(|&width| "─".repeat(width).into()).collect();
            lines.insert(1.min(lines.len()), self.line(&rule, &widths));
        }
        lines.concat()
    }

    fn widths(&self) -> Vec<usize> {
        let cells = |at: usize| self.rows.iter().filter_map(move |row| row.get(at));
        let widest = |at| cells(at).map(|cell| width(&cell.text)).max().unwrap_or(0);
        (0..self.columns.len()).map(widest).collect()
    }

    fn line(&self, row: &[Cell], widths: &[usize]) -> String {
        let mut line = " ".repeat(self.indent);
        let columns = row.iter().zip(self.columns.iter().zip(widths));
        for (Cell { text, style }, (column, &columns)) in columns.filter(|(_, (_, w))| **w > 0) {
            let text = match column {
                Column::End(_) => truncate(text, columns),
                _ => truncate_middle(text, columns),
            };
            let space = " ".repeat(columns.saturating_sub(width(&text)));
            let style = if text.is_empty() { &PLAIN } else { style };
            line += &match column {
                Column::Right | Column::Number(_) => format!("{space}{style}{text}{style:#}"),
                _ => format!("{style}{text}{style:#}{space}"),
            };
            line += &" ".repeat(GAP);
        }
        format!("{}\n", line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_the_widest_give_way() {
        let mut table = TextTable::new(2, &[Column::Middle(6), Column::Right, Column::End(4)]);
        table.row([
            "20261122185555_RUN01".into(),
            "1.5 s".into(),
            "twenty epochs, and more".into(),
        ]);
        table.row(["x".into(), "10.0 s".into(), "".into()]);
        insta::assert_snapshot!(table.render(100), @r"
          20261122185555_RUN01   1.5 s  twenty epochs, and more
          x                     10.0 s
        ");
        insta::assert_snapshot!(table.render(40), @r"
          202611…5_RUN01   1.5 s  twenty epochs…
          x               10.0 s
        ");
        let narrow = table.render(10);
        assert_eq!(narrow, "  20…N01   1.5 s  twe…\n  x       10.0 s\n");
    }

    #[test]
    fn empty_columns_are_left_out_and_styles_take_no_column() {
        let mut table = TextTable::new(0, &[Column::Left, Column::Left, Column::Right]);
        table.row([Cell::styled("a", super::super::style::BOLD), "".into(), "1".into()]);
        table.row(["bbb".into(), "".into(), "22".into()]);
        assert_eq!(table.render(80), "\u{1b}[1ma\u{1b}[0m     1\nbbb  22\n");
    }

    #[test]
    fn columns_without_room_are_dropped_from_the_right() {
        let mut table =
            TextTable::new(0, &[Column::Middle(6), Column::Number(4), Column::Middle(4)]);
        table.header(["name".into(), "quantity".into(), "remark".into()]);
        table.row(["a long name".into(), "1234".into(), "fine".into()]);
        table.rule = true;
        assert_eq!(table.drop_columns(18), [""; 0]);
        assert_eq!(
            table.render(18),
            "name    q…ty  r…rk\n──────  ────  ────\na …ame  1234  fine\n"
        );
        assert_eq!(table.drop_columns(17), ["remark"]);
        assert_eq!(table.drop_columns(5), ["quantity"]);
        assert_eq!(table.render(5), "name\n─────\na …me\n");
    }
}
