//! From arguments to an executed run, shared by `run` and `run --watch`.

use super::args::{DeviceChoice, Run, Wait};
use super::{ExitCode, Failure, Output, machine};
use crate::event::{EventSink, Fanout};
use crate::plan::Request;
use crate::progress::JsonLines;
use crate::runner::{Options, PreparedRun, RunSummary};
use crate::stage_api::{CancelToken, Device};
use crate::vae::DeviceError;
use std::sync::Arc;

/// Returns the options of a run.
pub(super) fn options(arguments: &Run) -> Result<Options, Failure> {
    let Run { only, from, until, force, finish_early, .. } = arguments.clone();
    Ok(Options {
        request: Request { only, from, until, force, finish_early },
        machine: machine::detect(arguments.jobs, arguments.device),
        keep_going: arguments.keep_going,
        wait: Wait::limit(arguments.wait),
        rehash: arguments.rehash,
        run_id: arguments.run_id.clone(),
        note: arguments.note.clone(),
        device: device(arguments.device)?,
    })
}

/// Returns the device, after checking that it can be used.
pub(super) fn device(choice: DeviceChoice) -> Result<Device, Failure> {
    let device = match choice {
        DeviceChoice::Auto => crate::vae::Device::best(),
        DeviceChoice::Cpu => crate::vae::Device::Cpu,
        DeviceChoice::Cuda(index) => crate::vae::Device::Cuda(index),
    };
    device.check().map_err(|error| {
        let hint = format!("{}; or leave out --device", device_hint(&error));
        Failure::usage("no_cuda", error.to_string()).hint(hint)
    })?;
    Ok(device.into())
}

/// Returns a hint that makes a device usable.
fn device_hint(error: &DeviceError) -> String {
    match error {
        DeviceError::CudaNotCompiled => "build with 'cargo build --release --features cuda'".into(),
        DeviceError::NoLibrary { library: "cuda" } => "install NVIDIA's driver".into(),
        DeviceError::NoLibrary { .. } => {
            "install the CUDA toolkit, or add its libraries' folder to LD_LIBRARY_PATH".into()
        }
        DeviceError::NoHeaders { .. } => "set CUDA_PATH to the CUDA toolkit's folder".into(),
        DeviceError::NoSuchGpu { found, .. } => match found.checked_sub(1) {
            None => "check 'nvidia-smi' and CUDA_VISIBLE_DEVICES".into(),
            Some(last) => format!("GPUs are numbered from 0 to {last}"),
        },
    }
}

/// Executes a prepared run, shown by `sink` and recorded in the run folder.
pub(super) fn execute_shown(
    prepared: PreparedRun,
    sink: Arc<dyn EventSink>,
    stop: &CancelToken,
    output: Output,
) -> Result<RunSummary, Failure> {
    // A run with nothing to do shows one line at its end, no progress.
    let (mut sinks, mut journal) = (Fanout::default(), None);
    if let Some(folder) = &prepared.folder {
        let lines = Arc::new(JsonLines::new(folder.create_file("events.jsonl")?));
        journal = Some(Arc::clone(&lines));
        sinks = Fanout(vec![sink, lines]);
    } else {
        prepared.warnings().iter().for_each(|text| output.print_message(text));
    }
    // Stages have run by now, so an error is no wrong usage.
    let summary = prepared.execute(Arc::new(sinks), stop);
    let summary = summary.map_err(|error| Failure::from(error).with_exit(ExitCode::Failed))?;
    if let Some(error) = journal.and_then(|lines| lines.take_error()) {
        output.warning(&format!("events.jsonl is incomplete: {error}"));
    }
    Ok(summary)
}
