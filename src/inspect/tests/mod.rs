//! Overviews of tables as text and JSON.

mod catalog;
mod distribution;
mod history;
mod render;
mod samples;
mod songs;
mod tables;

use super::Overview;
use crate::columnar::fixture::written;
use crate::columnar::{Row, SampleSet, Table};
use crate::text::width;

fn overview<R: Row>(rows: &[R], shards: Option<&SampleSet>) -> Overview {
    let folder = tempfile::tempdir().unwrap();
    Overview::compute(&Table::open(&written(folder.path(), rows)).unwrap(), shards).unwrap()
}

fn fits(overview: &Overview) {
    for columns in [40, 60, 72, 80, 100, 200] {
        let text = overview.render(columns);
        text.lines().for_each(|line| assert!(width(line) <= columns, "{columns}: {line}"));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }
}
