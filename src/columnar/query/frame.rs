//! Tables in memory.

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
    /// A whole number that fits neither: a sum, or a product.
    Huge(i128),
    /// A floating point number; may be NaN.
    Float(f64),
    /// Text, untrusted.
    Text(String),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// Returns the value as a number, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Unsigned(value) => Some(*value as f64),
            Self::Huge(value) => Some(*value as f64),
            Self::Float(value) => Some(*value).filter(|value| !value.is_nan()),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// Returns the whole number `value` in the smallest variant.
    pub(crate) fn from_whole(value: i128) -> Self {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => Self::Int(value),
            (_, Ok(value)) => Self::Unsigned(value),
            _ => Self::Huge(value),
        }
    }

    /// Returns the value as a whole number, if it is one.
    pub(crate) fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some((*value).into()),
            Self::Unsigned(value) => Some((*value).into()),
            Self::Huge(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the value as a floating point number, NaN included, if it is a number.
    pub(crate) fn float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            other => other.number(),
        }
    }

    /// Returns the value as true or false, if it is one of them.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the value if it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Writes the value as text, not sanitized for a terminal.
    pub fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Unsigned(value) => value.to_string(),
            Self::Huge(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(values) => values.iter().map(Self::plain).collect::<Vec<_>>().join(" "),
        }
    }
}

macro_rules! variants {
    ($($type:ty => $variant:ident),+) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}
variants!(
    bool => Bool, i32 => Int, i64 => Int, u32 => Unsigned, u64 => Unsigned, f32 => Float, f64 => Float,
    &str => Text, String => Text
);

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
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

/// How a column's numbers are formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Rounded for reading.
    Plain,
    /// Each on its own: the numbers have different meanings; those with a unit are text.
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
    /// One value per row.
    pub values: Vec<Value>,
    /// The format of its numbers.
    pub format: Format,
}

/// The result of a query: named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    columns: Vec<Column>,
    rows: usize,
}

impl Frame {
    /// A frame of `columns`; shorter columns are filled with nulls.
    pub fn new(mut columns: Vec<Column>) -> Self {
        let rows = columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
        columns.iter_mut().for_each(|column| column.values.resize(rows, Value::Null));
        Self { columns, rows }
    }

    /// A frame with these headings and rows; missing values are null.
    pub(crate) fn of_rows(names: &[&str], rows: Vec<Vec<Value>>) -> Self {
        let value = |row: &Vec<Value>, index: usize| row.get(index).cloned().unwrap_or(Value::Null);
        let column = |(index, name): (usize, &&str)| Column {
            name: (*name).to_owned(),
            values: rows.iter().map(|row| value(row, index)).collect(),
            format: Format::Plain,
        };
        Self::new(names.iter().enumerate().map(column).collect())
    }

    /// The same frame with another format of column `name`.
    pub(crate) fn with_format(mut self, name: &str, format: Format) -> Self {
        self.columns
            .iter_mut()
            .filter(|column| column.name == name)
            .for_each(|column| column.format = format);
        self
    }

    /// The same frame with the named columns first.
    pub(crate) fn in_order(mut self, names: &[&str]) -> Self {
        let place = |column: &Column| names.iter().position(|name| column.name == *name);
        self.columns.sort_by_key(|column| place(column).unwrap_or(names.len()));
        self
    }

    /// At most `most` rows (at least two), evenly spread from the first to the last.
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

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns true if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}
