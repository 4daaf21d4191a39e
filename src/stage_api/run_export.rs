//! Which files of a stage a run folder shows.

/// Maps an output or diagnostic to a path in the run folder.
#[derive(Debug, Clone, Copy)]
pub struct RunExport {
    /// Outputs or diagnostics.
    pub kind: OutputKind,
    /// Path among them: a folder if it ends in `/`, everything if it is empty.
    pub from: &'static str,
    /// Path in the run folder, with `{run}` for the run's id: a folder if it ends in `/`.
    pub to: &'static str,
}

impl RunExport {
    /// Shows outputs.
    pub const fn output(from: &'static str, to: &'static str) -> Self {
        Self { kind: OutputKind::Output, from, to }
    }

    /// Shows diagnostics.
    pub const fn diagnostic(from: &'static str, to: &'static str) -> Self {
        Self { kind: OutputKind::Diagnostic, from, to }
    }
}

/// Which of a stage's files an export takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// Deterministic, digested files.
    Output,
    /// Stored files that do not enter the fingerprints of downstream stages.
    Diagnostic,
}
