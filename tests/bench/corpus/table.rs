//! The results as a table of at most 100 columns and as JSON.

use crate::contenders::{ALL, Contender, ONE, PRETTY_MIDI, SYMUSIC};
use crate::many::Many;
use crate::process::Call;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// All results.
pub(crate) struct Results<'a> {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) contenders: &'a [Contender],
    pub(crate) many: Option<Many>,
}

/// Pairs whose ratio is printed: contender and baseline.
const RATIOS: [(&str, &str); 4] = [(ONE, SYMUSIC), (ONE, PRETTY_MIDI), (ALL, SYMUSIC), (ALL, ONE)];
const MIB: f64 = 1_048_576.0;

impl Results<'_> {
    pub(crate) fn text(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let calls = self.contenders.first().map_or(0, |contender| contender.calls.len());
        let mut text = format!(
            "Scan and extract together of {} MIDI files ({:.0} MB), {cores} cores.\nMedian (fastest - \
             slowest) of {calls} calls in turn; a peer's times are without its start and imports.\n\n\
             {:25}{:>7}{:>24}{:>9}{:>11}{:>9}{:>11}\n",
            grouped(self.files as u64),
            self.bytes as f64 / 1e6,
            "",
            "files",
            "seconds",
            "CPU s",
            "files/s",
            "MiB",
            "samples"
        );
        for contender in self.contenders {
            text += &line(contender);
        }
        text.push('\n');
        for (name, baseline) in RATIOS {
            if let Some(Ratio { wall, cpu }) = self.ratio(name, baseline) {
                let _ = write!(text, "{name}: {} times as fast as {baseline}", short(wall));
                // One job and two do the same work, so their CPU times say nothing.
                let _ = match baseline == ONE {
                    true => writeln!(text),
                    false => writeln!(text, ", {} by CPU time", short(cpu)),
                };
            }
        }
        let missing = self.contenders.iter().filter(|contender| !contender.is_there());
        let missing: Vec<&str> = missing.map(|contender| contender.name).collect();
        if !missing.is_empty() {
            let _ = writeln!(
                text,
                "Not compared with {}.\nMake a venv, 'pip install symusic pretty_midi numpy' in it, and \
                 name it: PEERS=VENV/bin",
                missing.join(" and ")
            );
        }
        if let Some(many) = &self.many {
            let _ = write!(
                text,
                "\nThe same songs in several keys: {} files, {} samples, all cores\n{:30}{:>25}{:>9}{:>20}\n",
                grouped(many.files as u64),
                grouped(many.samples),
                "",
                "seconds",
                "CPU s",
                "MiB"
            );
            for (what, call) in many.calls() {
                let _ = writeln!(
                    text,
                    "{what:30}{:>25.2}{:>9.2}{:>20.0}",
                    call.seconds,
                    call.cpu,
                    call.peak as f64 / MIB
                );
            }
        }
        text
    }

    /// Returns the ratios of one to another; `None` if either is not installed.
    fn ratio(&self, name: &str, baseline: &str) -> Option<Ratio> {
        let find = |name| {
            let found = self.contenders.iter().find(|contender| contender.name == name);
            found.filter(|contender| !contender.calls.is_empty())
        };
        let (contender, baseline) = (find(name)?, find(baseline)?);
        Some(Ratio {
            wall: contender.rate() / baseline.rate(),
            cpu: (contender.files as f64 / contender.cpu())
                / (baseline.files as f64 / baseline.cpu()),
        })
    }

    pub(crate) fn json(&self) -> Value {
        let contender = |contender: &Contender| {
            json!({
                "name": contender.name, "version": contender.version, "files": contender.files,
                "samples": contender.samples,
                "median_seconds": contender.is_there().then(|| contender.seconds()),
                "calls": contender.calls.iter().map(call_json).collect::<Vec<_>>(),
            })
        };
        let ratios = RATIOS.iter().filter_map(|&(name, baseline)| {
            let Ratio { wall, cpu } = self.ratio(name, baseline)?;
            Some(json!({ "who": name, "beside": baseline, "wall": wall, "cpu": cpu }))
        });
        let many = self.many.as_ref().map(|many| {
            let calls = many.calls().map(|(what, call)| (what.to_owned(), call_json(call)));
            let calls: serde_json::Map<String, Value> = calls.into_iter().collect();
            json!({ "files": many.files, "samples": many.samples, "calls": calls })
        });
        json!({
            "files": self.files, "bytes": self.bytes,
            "contenders": self.contenders.iter().map(contender).collect::<Vec<_>>(),
            "ratios": ratios.collect::<Vec<_>>(), "many": many,
        })
    }
}

/// Ratios of files per second.
struct Ratio {
    /// By wall time.
    wall: f64,
    /// By CPU time, which other load changes less.
    cpu: f64,
}

impl Many {
    fn calls(&self) -> [(&'static str, &Call); 3] {
        [
            ("first run", &self.first),
            ("run, nothing to do", &self.nothing),
            ("run, one file added", &self.added),
        ]
    }
}

fn call_json(call: &Call) -> Value {
    json!({ "seconds": call.seconds, "cpu_seconds": call.cpu, "peak_bytes": call.peak })
}

fn line(contender: &Contender) -> String {
    let name = match (contender.name, &contender.version) {
        (ONE | ALL, _) | (_, None) => contender.name.to_owned(),
        (name, Some(version)) => format!("{name} {version}"),
    };
    let calls = &contender.calls;
    if calls.is_empty() {
        return format!("{name:25} {}\n", "not installed");
    }
    let seconds: Vec<f64> = calls.iter().map(|call| call.seconds).collect();
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seconds.iter().copied().fold(0.0, f64::max);
    let peak = calls.iter().map(|call| call.peak).max().unwrap_or_default();
    format!(
        "{name:25}{:>7}{:>24}{:>9.2}{:>11}{:>9.0}{:>11}\n",
        grouped(contender.files as u64),
        format!("{:.2} ({least:.2} - {most:.2})", contender.seconds()),
        contender.cpu(),
        grouped(contender.rate().round() as u64),
        peak as f64 / MIB,
        grouped(contender.samples.unwrap_or_default()),
    )
}

/// 2.3, 175
fn short(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

/// 12345 as 12,345
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}
