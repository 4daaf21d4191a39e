use super::chart::bar;
use super::number::{fixed_or_significant, lone, percent, thousands};
use super::text::{cut, pad, safe, width, wrap};
use crate::columnar::query::{Column, Format, Frame, Value};

/// Rows that are shown; a person does not read more, a program takes CSV or JSON.
const ROWS: usize = 100;
/// Columns between two columns.
const GAP: usize = 2;
/// A column of text may shrink to this.
const NARROWEST: usize = 12;
/// The first column may shrink to this: it names its row.
const FIRST: usize = 24;
/// Columns of the bar beside a share.
const BAR: u8 = 10;
/// The heading of a column of numbers may shrink to this.
const HEADING: usize = 16;
/// Shown for no value.
const EMPTY: &str = "-";
/// Shown for a text without a character where it names its row.
const NAMELESS: &str = "(none)";

struct Cells {
    heading: String,
    cells: Vec<String>,
    right: bool,
    /// Columns that it takes.
    width: usize,
    /// Columns that it takes at least.
    least: usize,
}

impl Frame {
    /// The frame as an aligned table, no line wider than `columns`: numbers to the right, long text cut in its
    /// middle, columns that do not fit named below, as is the number of rows beyond the first hundred.
    pub fn render_table(&self, columns: usize) -> String {
        let mut shown: Vec<Cells> = self.columns().iter().map(Cells::new).collect();
        if let Some(first) = shown.first_mut().filter(|first| !first.right) {
            first.name_rows();
        }
        let hidden = fit(&mut shown, columns);
        let line = |cell: &dyn Fn(&Cells) -> String| {
            let cells = shown
                .iter()
                .map(|column| pad(&cut(&cell(column), column.width), column.width, column.right));
            let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
            line.trim_end().to_owned()
        };
        let mut lines = vec![line(&|column| column.heading.clone())];
        lines.push(line(&|column| "─".repeat(column.width)));
        lines
            .extend((0..self.len().min(ROWS)).map(|row| line(&|column| column.cells[row].clone())));
        if self.len() > ROWS {
            lines.push(cut(&format!("… {} more rows", thousands(self.len() - ROWS)), columns));
        }
        if !hidden.is_empty() {
            let noun = if hidden.len() == 1 { "column" } else { "columns" };
            let names = hidden.join(", ");
            let hidden = wrap(&format!("… {} more {noun}: {names}", hidden.len()), columns);
            lines.extend(hidden.lines().map(str::to_owned));
        }
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

impl Cells {
    fn new(column: &Column) -> Self {
        let values = &column.values[..column.values.len().min(ROWS)];
        let right = is_numeric(column) || column.format == Format::Mixed;
        let cells =
            if right { numbers(values, column.format) } else { values.iter().map(text).collect() };
        let heading = safe(&column.name);
        let content = cells.iter().map(|cell| width(cell)).max().unwrap_or(0);
        let wide = content.max(width(&heading)).max(1);
        // A number that is cut is a wrong number; a heading can be guessed.
        let least = if right { content.max(wide.min(HEADING)) } else { wide.min(NARROWEST) };
        Self { heading, cells, right, width: wide, least }
    }

    /// As the first column of a table: no row is without a name, and the names stay readable.
    fn name_rows(&mut self) {
        self.cells
            .iter_mut()
            .filter(|cell| cell.is_empty())
            .for_each(|cell| NAMELESS.clone_into(cell));
        let content = self.cells.iter().map(|cell| width(cell)).max().unwrap_or(0);
        self.width = content.max(self.width);
        self.least = self.width.min(FIRST);
    }
}

fn is_numeric(column: &Column) -> bool {
    let empty = |value: &Value| *value == Value::Null;
    let number =
        |value: &Value| matches!(value, Value::Int(_) | Value::Unsigned(_) | Value::Float(_));
    column.values.iter().all(|value| empty(value) || number(value))
        && !column.values.iter().all(empty)
}

fn numbers(values: &[Value], format: Format) -> Vec<String> {
    let floats: Vec<f64> = values.iter().map(|value| value.number().unwrap_or(f64::NAN)).collect();
    let rounded = match format {
        Format::Plain => fixed_or_significant(&floats),
        Format::Mixed => floats.iter().map(|float| lone(*float)).collect(),
        Format::Percent => floats.iter().map(|share| percent(*share)).collect(),
        Format::Share => floats.iter().map(|share| barred(*share)).collect(),
    };
    let shown = values.iter().zip(rounded).map(|(value, rounded)| match (value, format) {
        (Value::Null, _) => EMPTY.to_owned(),
        (Value::Text(_), _) => text(value),
        (Value::Int(number), Format::Plain | Format::Mixed) => thousands(number),
        (Value::Unsigned(number), Format::Plain | Format::Mixed) => thousands(number),
        _ => rounded,
    });
    shown.collect()
}

/// A percentage, and a bar of that length.
fn barred(share: f64) -> String {
    let bar = bar((share * 1e6).round() as u64, 1_000_000, BAR.into());
    format!("{}  {}", percent(share), pad(&bar, BAR.into(), false))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => EMPTY.to_owned(),
        Value::Float(_)
        | Value::List(_)
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Unsigned(_)
        | Value::Text(_) => safe(&short(value)),
    }
}

/// The value in a word, the floats of a list rounded.
fn short(value: &Value) -> String {
    match value {
        Value::Float(number) => lone(*number),
        // More of a list would be cut out anyway.
        Value::List(values) => values.iter().take(64).map(short).collect::<Vec<_>>().join(" "),
        other => other.plain(),
    }
}

/// Makes the columns fit: shrinks the widest that can, drops from the right what still does not fit. Returns the
/// names of those dropped.
fn fit(shown: &mut Vec<Cells>, columns: usize) -> Vec<String> {
    let mut hidden = Vec::new();
    let least = |shown: &[Cells]| -> usize {
        shown.iter().map(|column| column.least + GAP).sum::<usize>().saturating_sub(GAP)
    };
    while shown.len() > 1 && least(shown) > columns {
        hidden.extend(shown.pop().map(|column| column.heading));
    }
    hidden.reverse();
    let mut excess =
        shown.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP + columns);
    while excess > 0 {
        let slack = shown.iter_mut().filter(|column| column.width > column.least);
        let Some(widest) = slack.max_by_key(|column| column.width) else {
            break;
        };
        widest.width -= 1;
        excess -= 1;
    }
    if let [only] = &mut shown[..] {
        only.width = only.width.min(columns);
    }
    hidden
}
