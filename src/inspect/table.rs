use super::bars::bar;
use crate::columnar::{Column as FrameColumn, Description, Format, Frame, Value};
use crate::text::{
    Cell, Column, TextTable, align_decimals, count, count_of, pad, paragraph, percent, significant,
    truncate_middle, width,
};

/// Rows that are shown. Programs read all of them as CSV or JSON.
const MAX_ROWS: usize = 100;
/// A column of text may shrink to this.
const MIN_TEXT: usize = 12;
/// The first column may shrink to this: it names its row.
const MIN_NAME: usize = 24;
/// The heading of a column of numbers may shrink to this.
const MIN_HEADING: usize = 16;
/// Columns of the bar beside a share.
const BAR: usize = 10;
/// Shown for a missing value.
const EMPTY: &str = "-";
/// Shown for an empty text that names its row.
const NAMELESS: &str = "(none)";

/// Renders `frame` as an aligned table, no line wider than `columns`. Numbers are right-aligned, long text is
/// shortened in its middle; columns that do not fit and rows beyond the first hundred are counted below.
pub fn render_table(frame: &Frame, columns: usize) -> String {
    let (mut layout, mut cells) = (Vec::new(), Vec::new());
    for (index, column) in frame.columns().iter().enumerate() {
        let values = &column.values[..frame.len().min(MAX_ROWS)];
        let right = is_numeric(column) || column.format == Format::Mixed;
        let mut texts =
            if right { numbers(values, column.format) } else { values.iter().map(text).collect() };
        layout.push(if right {
            let content = texts.iter().map(|text| width(text)).max().unwrap_or(0);
            Column::Number(content.max(MIN_HEADING))
        } else if index == 0 {
            let unnamed = texts.iter_mut().filter(|text| text.is_empty());
            unnamed.for_each(|text| NAMELESS.clone_into(text));
            Column::Middle(MIN_NAME)
        } else {
            Column::Middle(MIN_TEXT)
        });
        cells.push(texts);
    }
    let mut table = TextTable::new(0, &layout);
    table.row(frame.columns().iter().map(|column| Cell::from(&column.name)));
    let row = |row: usize| cells.iter().map(move |column: &Vec<String>| Cell::from(&column[row]));
    (0..frame.len().min(MAX_ROWS)).for_each(|at| table.row(row(at)));
    table.rule = true;
    let hidden = table.drop_columns(columns);
    let mut text = table.render(columns);
    if frame.len() > MAX_ROWS {
        let more = format!("… {}", count_of(frame.len() - MAX_ROWS, "more row"));
        text += &format!("{}\n", truncate_middle(&more, columns));
    }
    if !hidden.is_empty() {
        let more = count_of(hidden.len(), "more column");
        text += &paragraph(&format!("… {more}: {}", hidden.join(", ")), columns);
    }
    text
}

/// Renders a description: the number of rows, then the numeric columns, then the others.
pub fn render_description(description: &Description, columns: usize) -> String {
    let mut text = format!("{}\n", count_of(description.rows, "row"));
    let frames = [description.numbers_by_use(), description.texts.clone()];
    for frame in frames.iter().filter(|frame| !frame.is_empty()) {
        text += &format!("\n{}", render_table(frame, columns));
    }
    text
}

fn is_numeric(column: &FrameColumn) -> bool {
    let mut values = column.values.iter().filter(|value| **value != Value::Null).peekable();
    values.peek().is_some()
        && values.all(|value| {
            matches!(value, Value::Int(_) | Value::Unsigned(_) | Value::Huge(_) | Value::Float(_))
        })
}

fn numbers(values: &[Value], format: Format) -> Vec<String> {
    let floats: Vec<f64> = values.iter().map(|value| value.number().unwrap_or(f64::NAN)).collect();
    let rounded = match format {
        Format::Plain => align_decimals(&floats),
        Format::Mixed => floats.iter().map(|float| significant(*float, 4)).collect(),
        Format::Percent => floats.iter().map(|share| percent(*share)).collect(),
        Format::Share => floats.iter().map(|share| percent_and_bar(*share)).collect(),
    };
    let shown = |(value, rounded): (&Value, String)| match (value, format) {
        (Value::Null | Value::Text(_), _) => text(value),
        (Value::Int(number), Format::Plain | Format::Mixed) => count(number),
        (Value::Unsigned(number), Format::Plain | Format::Mixed) => count(number),
        (Value::Huge(number), Format::Plain | Format::Mixed) => count(number),
        _ => rounded,
    };
    values.iter().zip(rounded).map(shown).collect()
}

fn percent_and_bar(share: f64) -> String {
    let bar = bar((share * 1e6).round() as u64, 1_000_000, BAR);
    format!("{}  {}", percent(share), pad(&bar, BAR))
}

/// Returns the value in a word, the floats of a list rounded.
fn text(value: &Value) -> String {
    match value {
        Value::Null => EMPTY.to_owned(),
        Value::Float(number) => significant(*number, 4),
        // The rest of a list would not be shown anyway.
        Value::List(values) => {
            let is_text = values.iter().any(|value| matches!(value, Value::Text(_)));
            let separator = if is_text { ", " } else { " " };
            values.iter().take(64).map(item).collect::<Vec<_>>().join(separator)
        }
        other => other.plain(),
    }
}

fn item(value: &Value) -> String {
    if *value == Value::Null { String::new() } else { text(value) }
}
