//! Parameters of stage kinds, each declared once.
//!
//! [`params!`] turns a list of fields into a struct, the [`Parameter`]s that the validator, `partita kinds` and
//! `partita schema` read, and the conversion from [`Values`] with its range checks.
//!
//! # Example
//!
//! `.github/CONTRIBUTING.md` has the steps to add a parameter. The doc comment becomes the help text:
//!
//! ```
//! # #[derive(Debug, Clone, Copy, PartialEq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
//! # #[strum(serialize_all = "snake_case")]
//! # enum Decode { Density, Phrases }
//! partita_params::params! {
//!     /// Parameters of `generate`.
//!     struct Params {
//!         /// How to choose the onsets.
//!         decode: Decode = density,
//!         /// Share of the steps that use the same random number in all measures.
//!         groove: f32 = 0.7 in 0.0..=1.0 for decode: phrases,
//!         /// Whether to count measures from 0.
//!         from_zero: bool = false,
//!         /// Minutes between two progress messages.
//!         minutes: f64 = 5.0 in 0.0..=60.0 as unhashed,
//!     }
//! }
//! # use partita_params::{Params as _, Values};
//! # let params = Params::from_values(&Values::new(), ());
//! # assert!(params.is_ok_and(|params| params.groove == 0.7));
//! ```
//!
//! # Syntax
//!
//! | field | parameter |
//! |---|---|
//! | `count: usize = 16 in 1..=100` | an integer or a float, by the field's type; bounds are inclusive |
//! | `limit: Option<usize> = 0 in 0..=UNLIMITED` | `None` for 0 |
//! | `rotate: bool = false` | `true` or `false` |
//! | `mode: Mode = prior` | a word; `Mode` derives strum's `EnumString`, `IntoStaticStr` and `VariantNames` |
//! | `title: String = "Song"` | any text |
//! | `refine: Refinement` | all parameters of another struct that `params!` declares |
//! | `… for mode: pca \| mixture` | without effect for other modes: `kinds` says so, and setting it warns |
//! | `… as unhashed` | cannot change the outputs, so it stays out of the fingerprint |
//! | `given { seed: u64, }` | fields that are no parameters; passed to [`Params::from_values`] |
//!
//! `for` names any parameter of the same stage kind, also one of another struct. A test over all stage kinds rejects
//! defaults out of range, unknown words and duplicate names.

mod declare;
mod field;
mod param_type;
mod parameter;
mod value;

pub use declare::Params;
pub use field::{Choice, Field, Group, Number, NumberField, Plain, Range, ValueError};
pub use param_type::{ParamType, UNLIMITED};
pub use parameter::{Condition, Parameter, count, join};
pub use value::{DefaultValue, ScalarKind, Value, Values};
