//! The program as a person or a script meets it: each test runs the real binary in a project of
//! its own.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on says so")]

mod agreement;
mod command;
mod corpora;
mod cutoff;
mod damage;
mod determinism;
mod dry_run;
mod end_to_end;
mod errors_calls;
mod errors_files;
mod errors_pipelines;
mod failures;
mod fingerprint_fields;
mod fingerprint_others;
mod fingerprint_params;
mod fingerprint_values;
mod finish;
mod groups;
mod history;
mod history_shown;
mod interruptions;
mod json;
mod judgement;
mod kills;
mod layers;
mod locks;
mod memory;
mod midi;
mod parts;
mod project;
mod reasons;
mod remedies;
mod resources;
mod sampling;
mod sampling_errors;
mod scenarios;
mod schema;
mod selection;
mod stats;
mod stats_targets;
mod store_care;
mod store_damage;
mod store_faults;
mod store_index;
mod store_prune;
mod stored;
mod sweeps;
mod tiny;
mod traps;
mod watch;
mod watched;
mod windows;
