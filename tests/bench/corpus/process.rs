//! Runs a program and measures its time and memory.

use crate::Result;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The cost of a call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Wall time.
    pub(crate) seconds: f64,
    /// CPU time of all threads, in user and system mode.
    pub(crate) cpu: f64,
    /// Peak memory, in bytes.
    pub(crate) peak: u64,
    /// Standard output.
    pub(crate) printed: String,
}

/// The unit of a process' times in `/proc`, in seconds: Linux fixes it for all programs.
const TICK: f64 = 0.01;
/// Interval between readings of the memory. The kernel keeps the peak, so only growth after the last reading is
/// missed.
const LOOK: Duration = Duration::from_millis(2);

/// Runs a program to its end.
///
/// # Errors
/// Returns an error if it fails.
pub(crate) fn call(command: &mut Command) -> Result<Call> {
    // Files, not pipes: a pipe that is not read blocks the program.
    let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(err.try_clone()?);
    let start = Instant::now();
    let mut child = command.spawn()?;
    let folder = format!("/proc/{}", child.id());
    let ended = AtomicBool::new(false);
    let (seconds, peak) = std::thread::scope(|scope| {
        let peak = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Acquire) {
                peak = peak_of(&folder).unwrap_or(peak);
                std::thread::sleep(LOOK);
            }
            peak
        });
        // It is not waited for yet, so that its times can still be read.
        let waited = waitid(
            WaitId::Pid(Pid::from_child(&child)),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        let seconds = start.elapsed().as_secs_f64();
        ended.store(true, Ordering::Release);
        waited.map(|_| (seconds, peak.join().unwrap_or_default()))
    })?;
    let cpu = cpu_of(&folder).unwrap_or(f64::NAN);
    let succeeded = child.wait()?.success();
    let text = |file: &mut std::fs::File| -> Result<String> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    if !succeeded {
        return Err(format!("{command:?} failed: {}", text(&mut err)?).into());
    }
    Ok(Call { seconds, cpu, peak, printed: text(&mut out)? })
}

fn peak_of(folder: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("{folder}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn cpu_of(folder: &str) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("{folder}/stat")).ok()?;
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th after it.
    let (_, after) = stat.rsplit_once(')')?;
    let times = after.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Some(times.collect::<std::result::Result<Vec<_>, _>>().ok()?.iter().sum::<u64>() as f64 * TICK)
}
