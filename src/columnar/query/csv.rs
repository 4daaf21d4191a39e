//! CSV files as tables (RFC 4180, with a header). A column is of whole numbers, of numbers, or true and false, if every
//! value of it is; otherwise it is text. An empty cell is null, `""` an empty text.

use std::path::Path;

use super::error::QueryError;
use super::frame::Value;
use super::sql::Kind;
use super::{Source, Table};
use crate::columnar::error::ColumnarError;

/// A cell, and whether it was in quotes.
type Cell = (String, bool);
/// Reads a cell as a value, if it is one.
type Parser = fn(&str) -> Option<Value>;

impl Table {
    /// Opens the CSV file at `path`; with tabs between the cells if its name ends with `.tsv`.
    ///
    /// # Errors
    /// Returns an error with the line if it is not such a file.
    pub fn open_csv(path: &Path) -> Result<Self, QueryError> {
        let error = |line: usize, problem: &str| ColumnarError::Csv {
            path: path.to_owned(),
            line,
            problem: problem.to_owned(),
        };
        let bytes = fs_err::read(path).map_err(ColumnarError::from)?;
        let text = String::from_utf8(bytes).map_err(|text| {
            let valid = &text.as_bytes()[..text.utf8_error().valid_up_to()];
            error(1 + valid.iter().filter(|byte| **byte == b'\n').count(), "is not UTF-8")
        })?;
        let separator = if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("tsv")) {
            '\t'
        } else {
            ','
        };
        let rows = rows(text.trim_start_matches('\u{FEFF}'), separator)
            .map_err(|line| error(line, "has a quote that does not end"))?;
        let mut rows = rows.into_iter();
        let Some((_, header)) = rows.next() else {
            return Err(error(1, "has no header").into());
        };
        let mut cells: Vec<Vec<Cell>> = header.iter().map(|_| Vec::new()).collect();
        for (line, row) in rows {
            if row.len() != header.len() {
                let problem =
                    format!("has {} cells, but the header has {}", row.len(), header.len());
                return Err(error(line, &problem).into());
            }
            cells.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        }
        let values: Vec<(Kind, Vec<Value>)> = cells.into_iter().map(typed).collect();
        let kinds = values.iter().map(|(kind, _)| match kind {
            Kind::Bool => "bool",
            Kind::Int => "i64",
            Kind::Float => "f64",
            _ => "str",
        });
        let columns =
            header.into_iter().zip(kinds).map(|((name, _), kind)| (name, kind.to_owned()));
        Ok(Self { columns: columns.collect(), source: Source::Values(values) })
    }
}

/// The rows with the lines where they begin; empty lines are skipped. The error is the line of an open quote.
fn rows(text: &str, separator: char) -> Result<Vec<(usize, Vec<Cell>)>, usize> {
    let (mut rows, mut row): (Vec<(usize, Vec<Cell>)>, Vec<Cell>) = (Vec::new(), Vec::new());
    let (mut cell, mut is_quoted) = (String::new(), false);
    let (mut line, mut start, mut opened) = (1, 1, None);
    let mut chars = text.chars().peekable();
    loop {
        let next = chars.next();
        match (next, opened) {
            (None, Some(line)) => return Err(line),
            (Some('"'), Some(_)) if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            (Some('"'), Some(_)) => opened = None,
            (Some('"'), None) if cell.is_empty() && !is_quoted => {
                (opened, is_quoted) = (Some(line), true)
            }
            (Some('\r'), None) if matches!(chars.peek(), Some('\n') | None) => {}
            (None | Some('\n'), None) => {
                row.push((std::mem::take(&mut cell), std::mem::take(&mut is_quoted)));
                let is_empty = matches!(&row[..], [(text, false)] if text.is_empty());
                if is_empty {
                    row.clear();
                } else {
                    rows.push((start, std::mem::take(&mut row)));
                }
                if next.is_none() {
                    return Ok(rows);
                }
                line += 1;
                start = line;
            }
            (Some(c), None) if c == separator => {
                row.push((std::mem::take(&mut cell), std::mem::take(&mut is_quoted)))
            }
            (Some(c), _) => {
                line += usize::from(c == '\n');
                cell.push(c);
            }
        }
    }
}

/// The values of a column, of the narrowest kind that holds all.
fn typed(cells: Vec<Cell>) -> (Kind, Vec<Value>) {
    let parsers: [(Kind, Parser); 3] = [
        (Kind::Int, |text| text.parse().ok().map(Value::Int)),
        (Kind::Float, |text| text.parse().ok().map(Value::Float)),
        (Kind::Bool, |text| text.to_lowercase().parse().ok().map(Value::Bool)),
    ];
    let parse = |parser: Parser| -> Option<Vec<Value>> {
        cells
            .iter()
            .map(|(text, is_quoted)| match (text.is_empty(), is_quoted) {
                (true, false) => Some(Value::Null),
                (_, true) => None,
                (false, false) => parser(text),
            })
            .collect()
    };
    let has_values = cells.iter().any(|(text, is_quoted)| *is_quoted || !text.is_empty());
    let found = parsers
        .into_iter()
        .filter(|_| has_values)
        .find_map(|(kind, parser)| Some((kind, parse(parser)?)));
    found.unwrap_or_else(|| {
        let text = |(text, is_quoted): &Cell| match text.is_empty() && !is_quoted {
            true => Value::Null,
            false => Value::Text(text.clone()),
        };
        (Kind::Text, cells.iter().map(text).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Result<Table, QueryError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        fs_err::write(&path, text).unwrap();
        Table::open_csv(&path)
    }

    #[test]
    fn columns_have_the_type_of_all_their_values() {
        let table = open("a,b,c,d\r\n1,1.5,true,\"x, \"\"y\"\"\nz\"\r\n\r\n-2,,FALSE,\n").unwrap();
        let kinds: Vec<&str> = table.columns().iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(kinds, ["i64", "f64", "bool", "str"]);
        let frame = table.sql("select a, b, c, d from self").unwrap();
        let values: Vec<&Value> =
            frame.columns().iter().flat_map(|column| &column.values).collect();
        let expected = [
            Value::Int(1),
            Value::Int(-2),
            Value::Float(1.5),
            Value::Null,
            Value::Bool(true),
            Value::Bool(false),
            "x, \"y\"\nz".into(),
            Value::Null,
        ];
        assert_eq!(values, expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn malformed_file_is_refused_with_its_line() {
        for (text, said) in [
            ("a,b\n1,2\n3\n", ":3: has 1 cells"),
            ("a\n\"x\n", ":2: has a quote"),
            ("", ":1: has no header"),
        ] {
            let error = open(text).err().unwrap().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
