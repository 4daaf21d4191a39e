//! Resources of this machine: CPU slots, memory, GPUs.

use super::args::DeviceChoice;
use crate::runner::Machine;
use std::path::Path;

/// Returns the resources that this process may use, with `jobs` CPU slots if given.
pub(super) fn detect(jobs: Option<u16>, device: DeviceChoice) -> Machine {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let gpus = gpus(Path::new("/dev"));
    let visible = std::env::var("CUDA_VISIBLE_DEVICES").ok();
    Machine {
        cpus: jobs.map_or(cores, usize::from),
        memory: memory(Path::new("/")),
        gpus: if device == DeviceChoice::Cpu { 0 } else { visible_gpus(gpus, visible.as_deref()) },
    }
}

/// Limits this process' own work, such as reading input files, to `jobs` threads if given. Stages have thread
/// pools of their own.
pub(super) fn limit_threads(jobs: Option<u16>) {
    if let Some(jobs) = jobs {
        // Fails only if the pool already exists.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.into()).build_global();
    }
}

/// Returns the bytes of memory: the machine's, within the limits of this process' control groups (a container's,
/// a batch system's).
fn memory(root: &Path) -> u64 {
    // `max` means no limit.
    let limit = |file| fs_err::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    groups(root).into_iter().filter_map(limit).chain(total(root)).min().unwrap_or(u64::MAX)
}

fn total(root: &Path) -> Option<u64> {
    let text = fs_err::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Returns the files that may hold a limit, of this process' groups and their ancestors. Control groups version 2
/// have one tree, version 1 have one for memory.
fn groups(root: &Path) -> Vec<std::path::PathBuf> {
    let text = fs_err::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut files = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (tree, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            names if names.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let inside = Path::new(path.trim_start_matches('/'));
        files.extend(inside.ancestors().map(|group| root.join(tree).join(group).join(file)));
    }
    files
}

/// Counts the driver's GPUs: `/dev/nvidia0`, `/dev/nvidia1`...
fn gpus(dev: &Path) -> usize {
    let is_gpu = |name: &str| {
        let number = name.strip_prefix("nvidia").unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let entries = fs_err::read_dir(dev).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_str().is_some_and(is_gpu)).count()
}

/// Counts the GPUs that `CUDA_VISIBLE_DEVICES` leaves visible, as CUDA reads it: up to the first invalid entry.
fn visible_gpus(gpus: usize, visible: Option<&str>) -> usize {
    let Some(visible) = visible else { return gpus };
    let names_one = |entry: &&str| match entry.trim().parse::<usize>() {
        Ok(number) => number < gpus,
        Err(_) => gpus > 0 && (entry.contains("GPU-") || entry.contains("MIG-")),
    };
    visible.split(',').take_while(names_one).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        root
    }

    const MEMINFO: (&str, &str) = ("proc/meminfo", "MemTotal:  1000 kB\nMemFree:  10 kB\n");

    #[test]
    fn memory_is_the_smallest_limit_of_machine_and_groups() {
        let two = ("proc/self/cgroup", "0::/a/b\n");
        let one = ("proc/self/cgroup", "5:devices:/x\n4:cpu,memory:/a\n0::/\n");
        let limit = |path, text| (path, text);
        for (files, bytes) in [
            (vec![MEMINFO], 1_024_000),
            (vec![MEMINFO, two], 1_024_000),
            (vec![MEMINFO, two, limit("sys/fs/cgroup/a/b/memory.max", "max\n")], 1_024_000),
            (vec![MEMINFO, two, limit("sys/fs/cgroup/a/memory.max", "5000\n")], 5000),
            (vec![MEMINFO, two, limit("sys/fs/cgroup/memory.max", "9000000\n")], 1_024_000),
            (vec![MEMINFO, one, limit("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "7")], 7),
            (vec![], u64::MAX),
        ] {
            assert_eq!(memory(machine(&files).path()), bytes, "{files:?}");
        }
    }

    #[test]
    fn gpus_count_if_present_and_visible() {
        let root = machine(&[("nvidia0", ""), ("nvidia11", ""), ("nvidiactl", ""), ("nvidia", "")]);
        assert_eq!(gpus(root.path()), 2);
        for (visible, left) in [
            (None, 2),
            (Some("0"), 1),
            (Some("1, 0"), 2),
            (Some(""), 0),
            (Some("-1"), 0),
            (Some("0,7,1"), 1),
            (Some("GPU-8932f937"), 1),
        ] {
            assert_eq!(visible_gpus(2, visible), left, "{visible:?}");
        }
        assert_eq!(visible_gpus(0, Some("GPU-8932f937")), 0);
    }

    #[test]
    fn this_machine_has_a_slot_and_memory() {
        let Machine { cpus, memory, .. } = detect(None, DeviceChoice::Auto);
        assert!(cpus >= 1 && memory > 1 << 24, "{cpus} {memory}");
        assert_eq!(detect(Some(3), DeviceChoice::Cpu).cpus, 3);
        assert_eq!(detect(None, DeviceChoice::Cpu).gpus, 0);
    }
}
