//! One file per command.

pub(super) mod completions;
pub(super) mod explain;
pub(super) mod graph;
pub(super) mod kinds;
pub(super) mod list;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod schema;
pub(super) mod stats;
pub(super) mod status;
pub(super) mod store;
