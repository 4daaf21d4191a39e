//! The file as written: a tree with locations, and the `--set` values in it.

pub(crate) mod scalar;
pub(crate) mod settings;
pub(crate) mod tree;
mod yaml;

pub(crate) use yaml::parse;
