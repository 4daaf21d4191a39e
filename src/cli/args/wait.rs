//! `--wait`, of `run` and `store prune`.

use std::time::Duration;

/// `--wait` with its maximum; `None` without limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wait(Option<Duration>);

impl Wait {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self(None));
        }
        let seconds = text.parse().ok().filter(|seconds: &f64| *seconds <= 1e9);
        let limit = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        limit.map(|limit| Self(Some(limit))).ok_or_else(|| "expected seconds, such as 60".into())
    }

    /// Returns the maximum wait: zero without the option, `None` without limit.
    pub(crate) fn limit(wait: Option<Self>) -> Option<Duration> {
        wait.map_or(Some(Duration::ZERO), |wait| wait.0)
    }
}
