//! The fingerprint of a stage: what enters it, what does not, and why.
//!
//! A fingerprint is BLAKE3 over everything that can change a stage's outputs. Stages with equal
//! fingerprints share outputs: a value that is left out by mistake gives a false cache hit, a value that is
//! included needlessly gives a needless rerun.
//!
//! | value | in? | why |
//! |---|---|---|
//! | [`SCHEMA`], stage kind, its implementation version | yes | a changed algorithm must rerun |
//! | each parameter by name and value, with defaults | yes | writing a default explicitly changes nothing |
//! | parameters that a kind declares as not hashed: the checkpoint interval | no | they cannot change the outputs, so changing them must not retrain |
//! | the `where:` condition | yes | it selects what is read |
//! | each input: name, and digest and size of each of its files | yes | upstream stages enter by *output* digest, never by fingerprint: that is the early cutoff |
//! | relative path of each input file | yes | the catalog shows it; for upstream outputs it is a fixed name |
//! | that an input file could not be read | yes | its row says so |
//! | derived seed, for kinds that draw random numbers | yes | |
//! | `command`: line, declared outputs | yes | |
//! | `command`: the paths that replace the names of its inputs, relative to the project or the attempt | yes | they contain names of upstream instances, and show whether an input is a file or a folder |
//! | `command`: values of declared environment variables | as digests under the store's secret | a record may be shared, a password must not |
//! | whether it was finished early | no | the partial outputs are recorded under another name, which a complete run never finds |
//! | device | no, but recorded | a model trained on a GPU stays fresh on a laptop |
//! | pipeline's name, stage's name | no | the derived seed depends on the stage's name; a stage does not receive its own name |
//! | modification times, absolute paths, worker count, progress mode, cache location | no | they cannot change the outputs |
//! | comments and order of keys in the YAML | no | parameters enter sorted by name |
//!
//! Each preimage is typed, length-prefixed and ordered (see [`Preimage`]), so different inputs never give
//! the same bytes. A record keeps [`StageInputs`] in full, so why a stage is stale is a comparison of two of
//! them ([`compare()`]). [`StageInputs::fingerprint`] destructures the struct without `..`, so a new field
//! cannot be forgotten.

mod compare;
mod diff;
mod digest;
mod file_change;
mod inputs;
mod preimage;
mod reason;
mod reason_text;
mod secret;
mod seed;

pub use crate::params::ScalarKind;
pub use compare::{UpstreamNames, compare, compare_with};
pub use diff::Diff;
pub use digest::{Digest, DigestError, digest_file, digest_file_with, digest_reader};
pub use file_change::{FileChange, InputChange};
pub use inputs::{CommandInput, FileInput, InputFiles, SCHEMA, Scalar, StageInputs};
pub use preimage::Preimage;
pub use reason::{Reason, ReasonCode};
pub use reason_text::ReasonText;
pub use secret::SecretKey;
pub use seed::derive_seed;

use std::collections::{BTreeMap, BTreeSet};

/// Returns the keys of both maps.
fn union<'a, K: Ord, V>(old: &'a BTreeMap<K, V>, new: &'a BTreeMap<K, V>) -> BTreeSet<&'a K> {
    old.keys().chain(new.keys()).collect()
}
