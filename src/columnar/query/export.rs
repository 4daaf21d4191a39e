use super::{Frame, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Number, Value as Json};

impl Frame {
    /// Writes the frame as CSV (RFC 4180, `\n` line ends, with a header). Numbers are exact, lists are JSON arrays.
    /// Control characters except line breaks and tabs become `�`, since the output may be a terminal.
    pub fn to_csv(&self) -> String {
        // A row that is one empty cell would be an empty line, which readers skip.
        let line = |cells: Vec<String>| match cells == [""] {
            true => "\"\"\n".to_owned(),
            false => cells.join(",") + "\n",
        };
        let columns = self.columns();
        let header = line(columns.iter().map(|column| quote(&column.name)).collect());
        let row = |row: usize| {
            line(columns.iter().map(|column| quote(&cell(&column.values[row]))).collect())
        };
        std::iter::once(header).chain((0..self.len()).map(row)).collect()
    }

    /// The frame as a JSON array, one object per row. `serde_json::Value` sorts the columns of an object; serialized
    /// directly, a frame keeps their order.
    pub fn to_json(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A JSON array, one object per row, columns in order. NaN and infinities become `null`; a whole number beyond 64 bits
/// becomes the nearest floating point number.
impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.len()))?;
        (0..self.len()).try_for_each(|row| rows.serialize_element(&Record { frame: self, row }))?;
        rows.end()
    }
}

struct Record<'a> {
    frame: &'a Frame,
    row: usize,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.frame.columns();
        let mut record = serializer.serialize_map(Some(columns.len()))?;
        for column in columns {
            record.serialize_entry(&harmless(&column.name), &json(&column.values[self.row]))?;
        }
        record.end()
    }
}

impl Value {
    /// Converts the value to JSON. NaN and infinities become `null`.
    pub fn to_json(&self) -> Json {
        json(self)
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::List(_) => json(value).to_string(),
        value => value.plain(),
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Unsigned(value) => Json::from(*value),
        Value::Huge(value) => Number::from_f64(*value as f64).map_or(Json::Null, Json::Number),
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(harmless(text)),
        Value::List(values) => Json::Array(values.iter().map(json).collect()),
    }
}

/// Replaces DEL and the C1 controls; JSON itself escapes those below U+0020.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_and_json_keeps_types() {
        let rows = vec![
            vec![
                "a,\"b\"\nc".into(),
                Value::Float(f64::NAN),
                Value::Unsigned(u64::MAX),
                Value::Bool(true),
            ],
            vec![Value::Null],
        ];
        let frame = Frame::of_rows(&["text", "x", "n", "yes"], rows);
        assert_eq!(
            frame.to_csv(),
            "text,x,n,yes\n\"a,\"\"b\"\"\nc\",NaN,18446744073709551615,true\n,,,\n"
        );
        assert_eq!(
            frame.to_json(),
            serde_json::json!([
                {"text": "a,\"b\"\nc", "x": null, "n": u64::MAX, "yes": true},
                {"text": null, "x": null, "n": null, "yes": null},
            ])
        );
        let lists = [vec!["4/4".into(), "a, \"b\"".into()], vec![Value::Int(33)], vec![]];
        let rows = lists.map(|list| vec![Value::List(list)]).to_vec();
        assert_eq!(
            Frame::of_rows(&["list"], rows).to_csv(),
            "list\n\"[\"\"4/4\"\",\"\"a, \\\"\"b\\\"\"\"\"]\"\n[33]\n[]\n"
        );
        let text = serde_json::to_string(&frame).unwrap();
        assert!(text.starts_with(r#"[{"text":"a,\"b\"\nc","x":null,"n":1844"#), "{text}");
        assert_eq!(Frame::of_rows(&["only"], vec![vec![Value::Null]]).to_csv(), "only\n\"\"\n");
    }
}
