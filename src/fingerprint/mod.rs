//! What goes into a stage's fingerprint, what does not, and why.
//!
//! A fingerprint is BLAKE3 over everything that can change a stage's outputs. Two runs with equal
//! fingerprints may share outputs; so a value that is left out wrongly gives a false hit, and a value
//! that is put in needlessly gives a rerun for nothing.
//!
//! | value | in? | why |
//! |---|---|---|
//! | [`SCHEMA`], stage kind, its implementation version | yes | a changed algorithm must rerun |
//! | each parameter by name and value, defaults filled in | yes | writing a default out loud changes nothing |
//! | parameters that a kind declares as asides: how often a checkpoint is written | no | they cannot change the outputs, and whoever wants more checkpoints must not train again for it |
//! | the `where:` condition | yes | it selects what is read |
//! | each input: logical name, and digest and size of each of its files | yes | upstream enters by *output* digest, never by upstream fingerprint: that is the early cutoff |
//! | relative path of each input file | yes | the catalog shows it; for upstream outputs it is a fixed name |
//! | that an input file could not be read | yes | its row says so |
//! | derived seed, for the kinds that draw random numbers | yes | |
//! | `command`: line, declared outputs, declared environment | yes | |
//! | whether it was finished early | no | what came out is a record of another name, which nobody who wants the whole finds |
//! | device | no, but recorded | a model trained on a GPU stays fresh on a laptop |
//! | pipeline's name, stage's name | no | they only name; the seed already carries the stage's name |
//! | modification times, absolute paths, worker count, progress mode, cache location | no | they cannot change the outputs |
//! | comments and order of keys in the YAML | no | parameters enter sorted by name |
//!
//! Each pre-image is typed, length-prefixed and ordered (see [`Preimage`]), so no two different inputs
//! run together into the same bytes. A record keeps [`StageInputs`] in full, so "why" is a comparison
//! of two of them ([`compare`]) and never a guess. [`StageInputs::fingerprint`] takes the struct apart
//! without `..`, so a new field cannot be forgotten.

mod compare;
mod digest;
mod inputs;
mod preimage;
mod reason;
mod seed;

pub use compare::{Sources, compare, compare_with};
pub use digest::{Digest, DigestError, digest_file, digest_file_with};
pub use inputs::{CommandInput, FileInput, InputFiles, SCHEMA, Scalar, ScalarKind, StageInputs};
pub use preimage::Preimage;
pub use reason::{Reason, ReasonCode};
pub use seed::derive_seed;
