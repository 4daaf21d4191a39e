use crate::store::Amount;
use crate::text::{bytes, count};

/// Formats a table row: label, number of files, size.
pub(super) fn row(what: &str, amount: Amount) -> String {
    format!("{what:<32} {:>9}  {:>10}\n", count(amount.files), bytes(amount.bytes))
}
