//! Reads a record whose inputs are known already. Of a corpus of many files they are nearly all of it, and
//! comparing them with what is written costs a fraction of understanding them.

use super::Store;
use super::record::{OutputFile, Record, SEALED};
use super::seal::{self, Fault, Lookup};
use crate::fingerprint::{Digest, StageInputs};
use serde::Deserialize;
use std::io::{self, Write};

/// What follows the inputs in a record.
#[derive(Deserialize)]
struct Rest {
    outputs: Vec<OutputFile>,
    diagnostics: Vec<OutputFile>,
    seconds: f64,
    finished: String,
    device: String,
    summary: String,
    #[serde(default)]
    partial: Option<String>,
}

impl Store {
    /// The record of just these inputs, whose fingerprint this is.
    ///
    /// # Errors
    /// Without a sound one the inputs come back.
    pub fn recall(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Record, Box<StageInputs>> {
        let path = self.layout.record(&inputs.kind, fingerprint);
        let rest = seal::look(&path, SEALED, |body| {
            rest(body, &inputs).ok_or_else(|| Fault::unknown(&[]))
        });
        let Lookup::Sound(rest) = rest else {
            // Not there, damaged, or written in another way: the long road tells.
            let record = self.record(&inputs.kind, fingerprint);
            return record.ok_or_else(|| Box::new(inputs));
        };
        let Rest { outputs, diagnostics, seconds, finished, device, summary, partial } = rest;
        Ok(Record { inputs, outputs, diagnostics, seconds, finished, device, summary, partial })
    }
}

/// What follows the inputs, if a body begins with just these and is of the whole.
fn rest(body: &[u8], inputs: &StageInputs) -> Option<Rest> {
    let mut expected = Expected(body.strip_prefix(b"{\"inputs\":")?);
    serde_json::to_writer(&mut expected, inputs).ok()?;
    let rest = expected.0.strip_prefix(b",")?;
    let rest: Rest = serde_json::from_slice(&[b"{", rest].concat()).ok()?;
    rest.partial.is_none().then_some(rest)
}

/// Takes only what stands there already.
struct Expected<'a>(&'a [u8]);

impl Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{FileInput, InputFiles};
    use crate::store::write_atomic;

    fn inputs(path: &str) -> StageInputs {
        let digest = Some(Digest::of(path.as_bytes()));
        let files = vec![FileInput { path: path.into(), digest, size: 7 }];
        StageInputs {
            schema: 1,
            kind: "scan".into(),
            version: 1,
            params: [].into(),
            filter: None,
            seed: Some(3),
            inputs: [("midi".into(), vec![InputFiles { upstream: None, files }])].into(),
            command: None,
        }
    }

    fn record(inputs: StageInputs) -> Record {
        let output = OutputFile { path: "o".into(), digest: Digest::of(b"o"), size: 1 };
        Record {
            inputs,
            outputs: vec![output],
            diagnostics: Vec::new(),
            seconds: 0.1,
            finished: "now".into(),
            device: "cpu".into(),
            summary: "two \"words\"".into(),
            partial: None,
        }
    }

    #[test]
    fn the_short_road_and_the_long_one_lead_to_the_same_record() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let inputs = inputs("a \u{1b} ü.mid");
        let fingerprint = inputs.fingerprint();
        assert_eq!(store.recall(inputs.clone(), &fingerprint), Err(Box::new(inputs.clone())));
        let record = record(inputs.clone());
        let path = store.layout().record("scan", &fingerprint);
        write_atomic(&path, &record.sealed().unwrap()).unwrap();
        assert_eq!(store.recall(inputs.clone(), &fingerprint).unwrap(), record);
        assert_eq!(store.record("scan", &fingerprint).unwrap(), record);
        let bytes = fs_err::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs_err::write(&path, damaged).unwrap();
            assert!(store.recall(inputs.clone(), &fingerprint).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_partial_record_is_found_by_its_own_name_alone_even_in_the_place_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let partial = Record { partial: Some("half".into()), ..record(inputs("a")) };
        let (whole, name) = (partial.inputs.fingerprint(), partial.fingerprint());
        assert_ne!(whole, name);
        for place in [whole, name] {
            let path = store.layout().record("scan", &place);
            write_atomic(&path, &partial.sealed().unwrap()).unwrap();
        }
        assert_eq!(store.record("scan", &name).as_ref(), Some(&partial));
        assert_eq!(store.record("scan", &whole), None);
        assert!(store.recall(partial.inputs.clone(), &whole).is_err());
        let less = Record { outputs: Vec::new(), ..partial.clone() };
        let other = Record { partial: Some("a third".into()), ..partial };
        assert!(less.fingerprint() != name && other.fingerprint() != name);
    }

    #[test]
    fn a_record_of_other_inputs_in_its_place_is_not_taken() {
        let body = serde_json::to_vec(&record(inputs("a"))).unwrap();
        assert!(rest(&body, &inputs("a")).is_some());
        assert!(rest(&body, &inputs("b")).is_none());
    }
}
