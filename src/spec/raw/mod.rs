//! The file as written: a tree with locations, and the `--set` values in it.

mod scalar;
pub(crate) mod settings;
mod tree;
mod yaml;

pub(crate) use scalar::{Scalar, ScalarValue};
pub(crate) use tree::{Data, Entry, Node};
pub(crate) use yaml::parse;
