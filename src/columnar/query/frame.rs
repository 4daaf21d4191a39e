/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that is never negative.
    Unsigned(u64),
    /// A fraction; may be no number.
    Float(f64),
    /// Text, untrusted.
    Text(String),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// The value as a number, when it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Float(value) => Some(*value).filter(|value| !value.is_nan()),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The value in a word; nothing is made safe for a terminal here.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Unsigned(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(values) => values.iter().map(Self::plain).collect::<Vec<_>>().join(" "),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Unsigned(count as u64)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// How a column's numbers are shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As they are, rounded for reading.
    Plain,
    /// Each by itself: they are numbers of different things, some perhaps with a unit and so text.
    Mixed,
    /// A fraction as a percentage.
    Percent,
    /// A fraction as a percentage and a bar.
    Share,
}

/// A column of a [`Frame`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name.
    pub name: String,
    /// One value a row.
    pub values: Vec<Value>,
    /// How its numbers are shown.
    pub format: Format,
}

/// The answer to a question: named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    columns: Vec<Column>,
    rows: usize,
}

impl Frame {
    /// A frame of `columns`; a column that is shorter than the longest is filled up with empty values.
    pub fn new(mut columns: Vec<Column>) -> Self {
        let rows = columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
        columns.iter_mut().for_each(|column| column.values.resize(rows, Value::Null));
        Self { columns, rows }
    }

    /// A frame with the given headings and rows; what a row lacks is empty.
    pub(crate) fn of_rows(names: &[&str], rows: Vec<Vec<Value>>) -> Self {
        let mut columns: Vec<Column> = names
            .iter()
            .map(|&name| Column {
                name: name.to_owned(),
                values: Vec::with_capacity(rows.len()),
                format: Format::Plain,
            })
            .collect();
        for row in rows {
            let mut row = row.into_iter();
            columns
                .iter_mut()
                .for_each(|column| column.values.push(row.next().unwrap_or(Value::Null)));
        }
        Self::new(columns)
    }

    /// The same frame, the numbers of column `name` shown in another way.
    pub(crate) fn with_format(mut self, name: &str, format: Format) -> Self {
        self.columns
            .iter_mut()
            .filter(|column| column.name == name)
            .for_each(|column| column.format = format);
        self
    }

    /// The same frame with its columns in another order; those not named come last.
    pub(crate) fn in_order(mut self, names: &[&str]) -> Self {
        let place = |column: &Column| names.iter().position(|name| column.name == *name);
        self.columns.sort_by_key(|column| place(column).unwrap_or(names.len()));
        self
    }

    /// At most `most` rows (two at least), evenly spread from the first to the last.
    pub(crate) fn thinned(&self, most: usize) -> Self {
        let most = most.max(2);
        if self.rows <= most {
            return self.clone();
        }
        let kept = || (0..most).map(|row| row * (self.rows - 1) / (most - 1));
        let thin = |column: &Column| Column {
            values: kept().map(|row| column.values[row].clone()).collect(),
            ..column.clone()
        };
        Self::new(self.columns.iter().map(thin).collect())
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}
