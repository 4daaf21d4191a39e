//! `pipelines/*.yaml`: text -> tree with locations -> validated [`Pipeline`].
//!
//! All errors in a pipeline file are found here, before anything runs. Each is one [`SpecError`] with file, line,
//! column, what was found, what was expected and the nearest valid name. The steps:
//!
//! 1. `raw/` parses the text once with `saphyr-parser`, for the locations, and once with `serde_yaml`, for the
//!    values, and joins the two into a tree. `--set` writes into that tree, so values from the command line are
//!    checked by the same code as those in the file.
//! 2. `validate/` checks the tree against the registry of stage kinds ([`StageKind`], plain data). First the names of
//!    all stages and their kinds, then each stage on its own, then the graph: cycles, matrices, fan-out, gathering.
//! 3. [`Pipeline`] holds one [`StageInstance`] per instance, each after its upstreams and, where that leaves a
//!    choice, in the file's order.
//!
//! **Instances.** `matrix:` makes one instance per combination, the last axis changing fastest. A stage that takes
//! a matrix stage by `from:` gets one instance per upstream instance and inherits its variant. Instances of several
//! such upstreams are joined if their shared axes agree (a natural join by axis name, hashed, so linear in the
//! number of instances). Inherited axes are in the order of the inputs' names, so the order of keys under `from:`
//! has no effect; a matrix's own axes keep the file's order, which the id shows. `gather:` takes all instances and
//! inherits nothing.
//!
//! **Variables.** `${name}` is replaced in `files:`, `run:`, `where:` and text parameters; `$$` is a dollar sign. A
//! variable's value is literal text: in a glob its `[` matches a bracket, so `corpus=~/music/Album [1999]` works.
//! Only if the variable is the whole pattern (`midi: "${pattern}"`) are its wildcards wildcards.
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
mod name;
mod raw;
mod schema;
mod unsearched;
mod validate;
mod vars;

pub use crate::params::{DefaultValue, ParamType, Parameter, Value, Values};
pub use error::SpecError;
pub(crate) use error::{LocatedError, Location, SpecErrorKind, SpecResult};
pub use json_schema::json_schema;
pub use load::load;
pub use locate::{PipelineEntry, find_project, list, locate};
pub use model::{
    Command, FilePattern, Gpu, Pipeline, Position, Resources, Setting, StageId, StageInstance,
    Upstream,
};
pub(crate) use raw::{Data, Entry, Node, Scalar, ScalarValue};
pub use schema::{Cpus, Input, Output, Required, Source, StageKind};
pub use unsearched::Unsearched;
pub(crate) use vars::{Piece, Vars};

#[cfg(test)]
mod tests;
