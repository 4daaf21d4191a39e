//! Types of expressions.

use std::fmt;

use polars::prelude::DataType;

/// The type of an expression. Loading widens every column to one of these, so arithmetic has one rule per type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::columnar::query) enum Kind {
    /// Only null.
    Null,
    /// True or false.
    Bool,
    /// A whole number of 64 bits, signed.
    Int,
    /// A whole number of 128 bits, signed: sums, and unsigned columns of 64 bits.
    Huge,
    /// A floating point number of 64 bits.
    Float,
    /// Text.
    Text,
    /// A list.
    List(Box<Self>),
}

impl Kind {
    /// The kind of a polars column that was loaded or computed here.
    pub(in crate::columnar::query) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool,
            DataType::Int64 => Self::Int,
            DataType::Int128 => Self::Huge,
            DataType::Float64 => Self::Float,
            DataType::List(item) => Self::List(Box::new(Self::of(item))),
            _ => Self::Text,
        }
    }

    /// The polars type of its columns.
    pub(in crate::columnar::query) fn data_type(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Huge => DataType::Int128,
            Self::Float => DataType::Float64,
            Self::Text => DataType::String,
            Self::List(item) => DataType::List(Box::new(item.data_type())),
        }
    }

    /// Returns true if it is a number.
    pub(in crate::columnar::query) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Huge | Self::Float)
    }

    /// Returns true if it is a whole number.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Self::Int | Self::Huge)
    }

    /// The kind that holds the values of both; `None` if they do not mix.
    pub(super) fn common(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (one, other) if one == other => Some(one.clone()),
            (Self::Null, kind) | (kind, Self::Null) => Some(kind.clone()),
            (Self::List(one), Self::List(other)) => {
                one.common(other).map(|item| Self::List(Box::new(item)))
            }
            (one, other) if one.is_number() && other.is_number() => {
                let is_float = *one == Self::Float || *other == Self::Float;
                Some(if is_float { Self::Float } else { Self::Huge })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int | Self::Huge => "a whole number",
            Self::Float => "a number",
            Self::Text => "text",
            Self::List(_) => "a list",
        })
    }
}
