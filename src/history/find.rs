//! Finds the run that the user names.
//!
//! | name | run |
//! |---|---|
//! | a whole id, or the path of its folder | that run |
//! | `last`, `last~1`, `last~2`... | the newest run, the one before it... |
//! | a pipeline's name, `demo`, `demo~1`... | the newest run of that pipeline, the one before it... |
//! | part of an id: its date, the value of `--run-id` | the only run whose id contains it |
//! | `2026…_RUN02`, as shown in a narrow table | the only run whose id begins and ends so |

use super::History;
use crate::text::suggest::nearest;

/// A name that matches no run, or several.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FindError {
    /// Nothing ever ran.
    #[error("nothing has run yet")]
    Nothing,
    /// No run matches.
    #[error("there is no run '{name}'")]
    Unknown {
        /// The given name.
        name: String,
        /// The most similar known name.
        near: Option<String>,
    },
    /// There are fewer runs.
    #[error("there is no run '{name}': {}", existing(*count))]
    TooFar {
        /// The given name.
        name: String,
        /// The number of runs.
        count: usize,
    },
    /// Several runs match.
    #[error("'{name}' matches {} runs", matches.len())]
    Ambiguous {
        /// The given name.
        name: String,
        /// The matching runs, newest first.
        matches: Vec<String>,
    },
}

fn existing(count: usize) -> String {
    if count == 1 { "there is only one".to_owned() } else { format!("there are {count}") }
}

impl History {
    /// Returns the id of the run that the user names; see the table in `find.rs`.
    ///
    /// # Errors
    /// Returns an error if no run matches, or several do.
    pub fn find(&self, written: &str) -> Result<String, FindError> {
        if self.ids.is_empty() {
            return Err(FindError::Nothing);
        }
        let name = written.trim_end_matches('/');
        let name = name.rsplit('/').next().unwrap_or(name);
        if self.ids.iter().any(|id| id == name) {
            return Ok(name.to_owned());
        }
        // `last~2` is the second run before the last.
        let split = name.rsplit_once('~');
        let split = split.and_then(|(of, back)| Some((of, back.parse().ok()?)));
        let (of, back): (&str, usize) = split.unwrap_or((name, 0));
        let mut count = 0;
        for id in &self.ids {
            if of == "last" || self.pipeline(id).as_deref() == Some(of) {
                if count == back {
                    return Ok(id.clone());
                }
                count += 1;
            }
        }
        match count {
            0 => self.find_by_part(name),
            count => Err(FindError::TooFar { name: name.to_owned(), count }),
        }
    }

    fn find_by_part(&self, name: &str) -> Result<String, FindError> {
        let is_match = |id: &&String| match name.split_once('…') {
            Some((head, tail)) => {
                id.len() >= head.len() + tail.len() && id.starts_with(head) && id.ends_with(tail)
            }
            None => !name.is_empty() && id.contains(name),
        };
        let matches: Vec<String> = self.ids.iter().filter(is_match).cloned().collect();
        let written = name.to_owned();
        match &matches[..] {
            [one] => Ok(one.clone()),
            [] => {
                let ids = self.ids.iter().map(String::as_str);
                let run_ids = ids.clone().filter_map(|id| id.split_once('_')).map(|(_, id)| id);
                let pipelines: Vec<String> =
                    ids.clone().filter_map(|id| self.pipeline(id)).collect();
                let known = run_ids.chain(pipelines.iter().map(String::as_str));
                let near = nearest(name, known.chain(ids).chain(["last"]));
                Err(FindError::Unknown { name: written, near: near.map(str::to_owned) })
            }
            _ => Err(FindError::Ambiguous { name: written, matches }),
        }
    }
}
