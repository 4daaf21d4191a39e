//! `partita explain`.

use super::super::args::Explain;
use super::super::failure::{ExitCode, Failure};
use super::super::output::{BUSY, GOOD, Output};
use super::super::project;
use super::status::{as_json, shorten};
use crate::plan::{Plan, Request, Selection, Verdict};
use crate::runner::look;
use crate::spec::Pipeline;
use std::fmt::Write as _;
use std::path::Path;

pub(in super::super) fn explain(
    start: &Path,
    arguments: Explain,
    output: Output,
) -> Result<ExitCode, Failure> {
    let root = project::root(start)?;
    let pipeline = project::load(&root, &arguments.pipeline, &arguments.set)?;
    let store = project::store_to_read(&root)?;
    let only = arguments.stage.into_iter().collect();
    let shown = Selection::new(&pipeline, &Request { only, ..Request::default() });
    let shown = shown.map_err(crate::runner::RunError::from)?;
    let (plan, _) = look(&pipeline, &store, &Request::default(), false)?;
    if output.json {
        output.json(&as_json(&pipeline, &plan, &shown));
    } else {
        output.text(&describe(&pipeline, &plan, &shown));
    }
    Ok(ExitCode::Done)
}

fn describe(pipeline: &Pipeline, plan: &Plan, shown: &Selection) -> String {
    let mut text = String::new();
    for index in shown.indices() {
        let (stage, planned) = (&pipeline.stages[index], &plan.stages[index]);
        let style = if planned.verdict == Verdict::Fresh { GOOD } else { BUSY };
        let _ = writeln!(text, "{}: {style}{}{style:#}", stage.id, planned.verdict);
        if let Some(fingerprint) = &planned.fingerprint {
            let _ = writeln!(text, "  fingerprint {fingerprint}");
        }
        if let Some(record) = &planned.current {
            let _ = writeln!(
                text,
                "  last finished {} on {} in {:.1} s: {}",
                record.finished, record.device, record.seconds, record.summary
            );
        }
        for reason in &planned.reasons {
            let _ = writeln!(text, "  - {}", shorten(&reason.to_string(), usize::MAX));
        }
    }
    text
}
