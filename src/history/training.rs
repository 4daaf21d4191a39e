//! The training logs of a run, with one row per epoch.

use super::past_run::{PastRun, UnreadableRun};
use super::read::{exported, read_if_exists};
use crate::stage_api::Registry;

/// Name under which training logs are exported.
const LOG: &str = "{run}_csv.log";

/// A training log.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingLog {
    names: Vec<String>,
    /// One row per epoch; `None` for a gap.
    rows: Vec<Vec<Option<f64>>>,
}

impl TrainingLog {
    /// Returns (epoch, value) pairs of a column, with gaps as NaN; empty if there is no such column.
    pub fn points(&self, column: &str) -> Vec<(f64, f64)> {
        let position = |name: &str| self.names.iter().position(|known| known == name);
        let columns = position("epoch").zip(position(column));
        let Some((epoch, column)) = columns else { return Vec::new() };
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

/// Returns the training log of a stage; `None` if the stage has none or did not start.
///
/// # Errors
/// Returns an error if the log exists and cannot be read.
pub fn training(
    run: &PastRun,
    stage: &str,
    registry: Registry,
) -> Result<Option<TrainingLog>, UnreadableRun> {
    let stage = run.stages.iter().find(|past| past.name == stage);
    let path = stage.and_then(|stage| exported(run, stage, registry, LOG));
    let Some(path) = path else { return Ok(None) };
    let log = read_if_exists(&run.files, &path)?;
    Ok(log.map(|bytes| TrainingLog::parse(&String::from_utf8_lossy(&bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_is_columns_of_numbers_with_gaps() {
        let log = TrainingLog::parse("epoch,loss,val_loss\n0,,5\n1,4.5,x\n2,3\n");
        assert_eq!(log.points("val_loss")[0], (0.0, 5.0));
        let loss = log.points("loss");
        assert!(loss[0].1.is_nan() && loss[1..] == [(1.0, 4.5), (2.0, 3.0)]);
        assert!(log.points("val_loss")[2].1.is_nan());
        assert_eq!(log.points("beta"), []);
        assert_eq!(TrainingLog::parse("").points("loss"), []);
    }
}
