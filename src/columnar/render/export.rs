use serde_json::{Map, Number, Value as Json};

use crate::columnar::query::{Frame, Value};

impl Frame {
    /// The frame as CSV (RFC 4180, `\n` line ends, a header). Numbers are exact; lists are joined by spaces. Control
    /// characters but line breaks become `�`, since the output may be a terminal.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        let mut line = |cells: Vec<String>| {
            // A line that is one empty cell would be no line to a reader.
            let cells = if cells == [""] { vec!["\"\"".to_owned()] } else { cells };
            csv.push_str(&cells.join(","));
            csv.push('\n');
        };
        line(self.columns().iter().map(|column| quote(&column.name)).collect());
        for row in 0..self.len() {
            line(self.columns().iter().map(|column| quote(&column.values[row].plain())).collect());
        }
        csv
    }

    /// The frame as a JSON array, one object a row. What is no number (NaN, infinity) becomes `null`.
    pub fn to_json(&self) -> Json {
        let object = |row: usize| {
            let pairs = self.columns().iter();
            let pairs = pairs.map(|column| (harmless(&column.name), json(&column.values[row])));
            Json::Object(pairs.collect::<Map<_, _>>())
        };
        Json::Array((0..self.len()).map(object).collect())
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Unsigned(value) => Json::from(*value),
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(harmless(text)),
        Value::List(values) => Json::Array(values.iter().map(json).collect()),
    }
}

/// JSON escapes the control characters below U+0020 by itself; those from U+007F on it would let through.
fn harmless(text: &str) -> String {
    let control = |c: char| c.is_control() && c >= '\u{7F}';
    text.chars().map(|c| if control(c) { '\u{FFFD}' } else { c }).collect()
}

fn quote(text: &str) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\t');
    let text: String =
        text.chars().map(|c| if c.is_control() && !breaks(c) { '\u{FFFD}' } else { c }).collect();
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
