//! Parts that the page's tables share.

use super::number::fixed;
use crate::metrics::Quartiles;

/// A column heading, as HTML.
pub(super) enum Column<'a> {
    Text(&'a str),
    Number(&'a str),
}

/// Renders the heading row of a table.
pub(super) fn table_head(columns: &[Column<'_>]) -> String {
    let cell = |column: &Column<'_>| match column {
        Column::Text(heading) => format!("<th scope=\"col\">{heading}</th>"),
        Column::Number(heading) => format!("<th scope=\"col\" class=\"number\">{heading}</th>"),
    };
    format!("<thead><tr>{}</tr></thead>\n", columns.iter().map(cell).collect::<String>())
}

/// Renders a cell with `value` at `places` decimal places; a dash if it is `None` or not finite.
pub(super) fn number_cell(value: impl Into<Option<f64>>, places: usize) -> String {
    format!("<td class=\"number\">{}</td>", fixed(value.into().unwrap_or(f64::NAN), places))
}

/// Renders a cell with the median, preceded by `mark`, and the quartiles below it.
pub(super) fn quartiles_cell(quartiles: Option<&Quartiles>, places: usize, mark: &str) -> String {
    let Some(Quartiles { q1, median, q3, .. }) = quartiles else {
        return String::from("<td class=\"number quiet\">undefined</td>");
    };
    format!(
        "<td class=\"number\">{mark}{} <span class=\"about\">{} to {}</span></td>",
        fixed(*median, places),
        fixed(*q1, places),
        fixed(*q3, places)
    )
}

/// Returns the class attribute and the tag of a row; both empty unless the row is the model's.
pub(super) fn model_mark(is_model: bool) -> [&'static str; 2] {
    if is_model { [" class=\"model\"", " <span class=\"tag\">model</span>"] } else { [""; 2] }
}
