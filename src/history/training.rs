//! What a run's trainings went through: each log that the run folder shows, a row an epoch.

use super::past_run::{PastRun, UnreadableRun};
use crate::stage_api::Registry;
use crate::store::folder_name;
use std::io::ErrorKind;
use std::path::PathBuf;

/// The exhibit that holds a row an epoch.
const LOG: &str = "{run}_csv.log";

/// The numbers of a training, epoch by epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingLog {
    names: Vec<String>,
    /// A row an epoch; `None` where the log has a gap.
    rows: Vec<Vec<Option<f64>>>,
}

impl TrainingLog {
    /// (epoch, value) of a column, gaps as NaN; empty where the log has no such column.
    #[must_use]
    pub fn points(&self, column: &str) -> Vec<(f64, f64)> {
        let place = |name: &str| self.names.iter().position(|known| known == name);
        let Some((epoch, column)) = place("epoch").zip(place(column)) else { return Vec::new() };
        let value = |row: &[Option<f64>], at: usize| row.get(at).copied().flatten();
        let point = |row: &Vec<Option<f64>>| {
            Some((value(row, epoch)?, value(row, column).unwrap_or(f64::NAN)))
        };
        self.rows.iter().filter_map(point).collect()
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split(','));
        let names = lines.next().into_iter().flatten().map(|name| name.trim().to_owned()).collect();
        let rows = lines.map(|cells| cells.map(|cell| cell.trim().parse().ok()).collect());
        Self { names, rows: rows.collect() }
    }
}

/// The log of a stage; `None` for one that keeps none, or did not come to it.
///
/// # Errors
/// The log is there and cannot be read.
pub fn training(
    run: &PastRun,
    stage: &str,
    registry: Registry,
) -> Result<Option<TrainingLog>, UnreadableRun> {
    let Some(past) = run.stage(stage) else { return Ok(None) };
    let kinds = registry.0.iter().filter(|known| known.kind().name == past.kind);
    if !kinds.flat_map(|kind| kind.run_exports()).any(|exhibit| exhibit.to == LOG) {
        return Ok(None);
    }
    let name = LOG.replace("{run}", &run.id);
    // The folder of its own is there when several stages train.
    let own = run.folder.join(folder_name(stage)).join(&name);
    let path: PathBuf = if own.exists() { own } else { run.folder.join(name) };
    match fs_err::read_to_string(&path) {
        Ok(text) => Ok(Some(TrainingLog::parse(&text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(UnreadableRun { path, why: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_columns_of_numbers_with_gaps() {
        let log = TrainingLog::parse("epoch,loss,val_loss\n0,,5\n1,4.5,x\n2,3\n");
        assert_eq!(log.points("val_loss")[0], (0.0, 5.0));
        let loss = log.points("loss");
        assert!(loss[0].1.is_nan() && loss[1..] == [(1.0, 4.5), (2.0, 3.0)]);
        assert!(log.points("val_loss")[2].1.is_nan());
        assert_eq!(log.points("beta"), []);
        assert_eq!(TrainingLog::parse("").points("loss"), []);
    }
}
