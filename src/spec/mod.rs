//! `pipelines/*.yaml`: raw text -> marked tree -> validated [`Pipeline`].
//!
//! Everything a person can get wrong in a pipeline file is found here, before anything runs, and
//! told as one [`SpecError`]: file, line, column, what was found, what was expected, the nearest
//! valid name. The way of a file:
//!
//! 1. `raw/` — `serde_yaml` reads the text first, for its syntax messages; then the events of
//!    `saphyr-parser` become a tree in which every key and value knows its location. How a plain
//!    scalar is typed (`0x10`, `.5`, `true`) is `serde_yaml`'s word, so one library decides it.
//!    `--set` writes into that tree, so what comes from the command line is checked by the same
//!    code as what stands in the file.
//! 2. `validate/` — walks the tree with the registry of stage kinds ([`Kind`], plain data) in
//!    hand. First the names of all stages and their kinds, then each stage on its own, then the
//!    graph: cycles, matrices, fan-out, gathering.
//! 3. [`Pipeline`] — one [`StageInstance`] per instance, in an order in which each follows its upstreams
//!    and, where that leaves a choice, in the file's order.
//!
//! **Instances.** `matrix:` makes one instance per combination, the last axis turning fastest. A
//! stage that takes a matrix stage by `from:` gets one instance per upstream instance and inherits
//! its variant; out of several such upstreams those are joined whose shared axes agree (a natural
//! join by axis name, hashed, so linear in the number of instances). Inherited axes stand in the
//! order of the inputs' names, so the order of keys under `from:` is of no consequence; a matrix'
//! own axes keep the file's order, which is what the id shows. `gather:` takes all instances and
//! inherits nothing.
//!
//! **Variables.** `${name}` stands in `files:`, `run:`, `where:` and text parameters; `$$` is a
//! dollar sign. A variable's value is literal text: in a glob its `[` matches a bracket, so
//! `corpus=~/music/Album [1999]` works; only a pattern that is nothing but a variable
//! (`midi: "${pattern}"`) may bring its own wildcards.
//!
//! **Merge keys** (`<<: *base`) and aliases are followed; tags and a second document are refused.

mod error;
mod error_kind;
pub mod files;
mod glob;
mod json_schema;
mod load;
mod locate;
mod model;
mod raw;
mod schema;
mod suggest;
mod validate;
mod vars;

pub use error::SpecError;
pub use json_schema::json_schema;
pub use load::load;
pub use locate::{PipelineEntry, find_project, list, locate};
pub use model::{
    Command, FilePattern, Gpu, Pipeline, Position, Positions, Resources, StageId, StageInstance,
    Upstream,
};
pub use raw::settings::Setting;
pub use schema::{Accepts, Constant, Cpus, Input, Kind, Output, Parameter, Source, Value};
pub(crate) use suggest::{nearest, or_list};

#[cfg(test)]
mod tests;
