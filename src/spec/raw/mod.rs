//! The file as written: a tree that knows its places, and what `--set` puts into it.

pub(crate) mod scalar;
pub(crate) mod settings;
pub(crate) mod tree;
mod yaml;

pub(crate) use yaml::parse;
