//! Answers written to a file.

use super::{Failure, Output};
use crate::columnar::Frame;
use crate::text::{count_of, sanitize};
use std::path::{Path, PathBuf};

/// A file for an answer.
pub(super) struct Destination {
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Csv,
    Json,
    Parquet,
}

impl Destination {
    /// Returns the file `path`, relative to `start`, in the format that its extension names.
    pub(super) fn new(start: &Path, path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().map(|it| it.to_string_lossy().to_lowercase());
        let kind = match extension.as_deref() {
            Some("csv") => Kind::Csv,
            Some("json") => Kind::Json,
            Some("parquet") => Kind::Parquet,
            _ => {
                let message = format!("'{}' does not say its format", path.display());
                return Err(Failure::usage("out", message)
                    .hint("end the name with .csv, .parquet or .json"));
            }
        };
        Ok(Self { path: start.join(path), kind })
    }

    /// Writes `frame` and reports the file on stderr.
    pub(super) fn write(&self, frame: &Frame, output: Output) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::usage("out", format!("cannot write '{}': {error}", self.path.display()))
                .hint("name a file in an existing folder that you may write to")
        };
        match self.kind {
            Kind::Csv => fs_err::write(&self.path, frame.to_csv()).map_err(failed)?,
            Kind::Json => {
                let mut text =
                    serde_json::to_vec_pretty(frame).map_err(|error| failed(error.into()))?;
                text.push(b'\n');
                fs_err::write(&self.path, text).map_err(failed)?;
            }
            Kind::Parquet => frame
                .write_parquet(&self.path)
                .map_err(|error| failed(std::io::Error::other(error)))?,
        }
        let path = self.path.display().to_string();
        output.print_message(&format!(
            "wrote {} to {}",
            count_of(frame.len(), "row"),
            sanitize(&path)
        ));
        Ok(())
    }
}
