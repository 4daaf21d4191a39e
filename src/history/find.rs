//! The run that a person means.
//!
//! | written | means |
//! |---|---|
//! | a whole id, or the path of its folder | that run |
//! | `last`, `last~1`, `last~2`... | the newest run, the one before it... |
//! | a pipeline's name, `demo`, `demo~1`... | the newest run of that pipeline, the one before it... |
//! | part of an id: its date, what `--run-id` gave | the run whose id holds it, if it is one alone |
//! | `2026…_RUN02`, as a narrow table shows it | the run whose id begins and ends so, if it is one alone |

use super::History;
use crate::text::suggest::nearest;

/// A name that means no run, or several.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FindError {
    /// Nothing ever ran.
    #[error("nothing has run yet")]
    Nothing,
    /// No run is meant.
    #[error("there is no run '{name}'")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What was perhaps meant.
        near: Option<String>,
    },
    /// There are not so many runs.
    #[error("there is no run '{name}': {}", counted(*there))]
    TooFar {
        /// What was asked for.
        name: String,
        /// How many there are.
        there: usize,
    },
    /// Several runs are meant.
    #[error("'{name}' matches {} runs", matches.len())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Those runs, newest first.
        matches: Vec<String>,
    },
}

fn counted(there: usize) -> String {
    if there == 1 { "there is but one".to_owned() } else { format!("there are {there}") }
}

impl History {
    /// The id of the run that a person means; see the table in `find.rs`.
    ///
    /// # Errors
    /// When it means none, or several.
    pub fn find(&self, written: &str) -> Result<String, FindError> {
        let ids: Vec<&str> = self.ids().iter().map(String::as_str).collect();
        if ids.is_empty() {
            return Err(FindError::Nothing);
        }
        let name = written.trim_end_matches('/');
        let name = name.rsplit('/').next().unwrap_or(name);
        if ids.contains(&name) {
            return Ok(name.to_owned());
        }
        let (of, back) = counted_back(name);
        if of == "last" {
            return nth(&ids, back, name);
        }
        let mut own = ids.iter().filter(|id| self.pipeline(id).is_some_and(|other| other == of));
        if let Some(found) = own.by_ref().nth(back) {
            return Ok((*found).to_owned());
        }
        let there = ids.iter().filter(|id| self.pipeline(id).is_some_and(|other| other == of));
        match there.count() {
            0 => self.by_part(&ids, name),
            there => Err(FindError::TooFar { name: name.to_owned(), there }),
        }
    }

    fn by_part(&self, ids: &[&str], name: &str) -> Result<String, FindError> {
        let matches = |id: &&str| match name.split_once('…') {
            Some((head, tail)) => {
                id.len() >= head.len() + tail.len() && id.starts_with(head) && id.ends_with(tail)
            }
            None => !name.is_empty() && id.contains(name),
        };
        let found: Vec<String> = ids.iter().copied().filter(matches).map(str::to_owned).collect();
        match &found[..] {
            [one] => Ok(one.clone()),
            [] => {
                let pipelines: Vec<String> =
                    ids.iter().filter_map(|id| self.pipeline(id)).collect();
                let names = ids.iter().filter_map(|id| id.split_once('_')).map(|(_, name)| name);
                let known = names.chain(pipelines.iter().map(String::as_str));
                let near = nearest(name, known.chain(ids.iter().copied()).chain(["last"]));
                Err(FindError::Unknown { name: name.to_owned(), near: near.map(str::to_owned) })
            }
            _ => Err(FindError::Ambiguous { name: name.to_owned(), matches: found }),
        }
    }
}

/// `last~2` is two back from `last`.
fn counted_back(name: &str) -> (&str, usize) {
    let split = name.rsplit_once('~');
    let counted = split.and_then(|(of, back)| Some((of, back.parse().ok()?)));
    counted.unwrap_or((name, 0))
}

fn nth(ids: &[&str], back: usize, name: &str) -> Result<String, FindError> {
    let too_far = || FindError::TooFar { name: name.to_owned(), there: ids.len() };
    ids.get(back).map(|id| (*id).to_owned()).ok_or_else(too_far)
}
