//! Looks up a record by its inputs, comparing bytes: for a large corpus the inputs are most of a record,
//! and parsing them takes many times longer than comparing them.

use super::Store;
use super::record::{OutputFile, Record, RecordMeta, SEALED};
use super::seal::{DigestMismatch, Lookup, read_sealed};
use crate::fingerprint::{Digest, StageInputs};
use serde::Deserialize;
use std::io::{self, Write};

/// The fields of a record after its inputs.
#[derive(Deserialize)]
struct RecordTail {
    outputs: Vec<OutputFile>,
    diagnostics: Vec<OutputFile>,
    #[serde(flatten)]
    meta: RecordMeta,
}

impl Store {
    /// Returns the record of `inputs`, whose fingerprint is `fingerprint`.
    ///
    /// # Errors
    /// Returns the inputs if there is no intact record of them.
    pub fn find_by_inputs(
        &self,
        inputs: StageInputs,
        fingerprint: &Digest,
    ) -> Result<Record, Box<StageInputs>> {
        let path = self.layout.record(&inputs.kind, fingerprint);
        let tail = read_sealed(&self.files, &path, SEALED, |body| {
            parse_tail(body, &inputs).ok_or_else(|| DigestMismatch::unknown(&[]))
        });
        let Lookup::Intact(tail) = tail else {
            // Absent, damaged or formatted differently: parsing the whole record decides.
            let record = self.record(&inputs.kind, fingerprint);
            return record.ok_or_else(|| Box::new(inputs));
        };
        let RecordTail { outputs, diagnostics, meta } = tail;
        Ok(Record { inputs, outputs, diagnostics, meta })
    }
}

/// Parses the fields after the inputs; `None` if the body has other inputs or is of a partial record.
fn parse_tail(body: &[u8], inputs: &StageInputs) -> Option<RecordTail> {
    let mut matcher = PrefixMatcher(body.strip_prefix(b"{\"inputs\":")?);
    serde_json::to_writer(&mut matcher, inputs).ok()?;
    let tail = matcher.0.strip_prefix(b",")?;
    let tail: RecordTail = serde_json::from_slice(&[b"{", tail].concat()).ok()?;
    let is_safe = tail.outputs.iter().chain(&tail.diagnostics).all(OutputFile::is_safe);
    (tail.meta.partial.is_none() && is_safe).then_some(tail)
}

/// A writer that fails unless the bytes written equal the beginning of its slice.
struct PrefixMatcher<'a>(&'a [u8]);

impl Write for PrefixMatcher<'_> {
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

    fn inputs(path: &str) -> StageInputs {
        let digest = Some(Digest::compute(path.as_bytes()));
        let files = vec![FileInput { path: path.into(), digest, size: 7, executable: false }];
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
        let output = OutputFile {
            path: "o".into(),
            digest: Digest::compute(b"o"),
            size: 1,
            executable: false,
        };
        Record {
            inputs,
            outputs: vec![output],
            diagnostics: Vec::new(),
            meta: RecordMeta {
                seconds: 0.1,
                finished: "now".into(),
                device: "cpu".into(),
                summary: "two \"words\"".into(),
                partial: None,
            },
        }
    }

    #[test]
    fn byte_comparison_finds_the_same_record_as_parsing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let inputs = inputs("a \u{1b} ü.mid");
        let fingerprint = inputs.fingerprint();
        assert_eq!(
            store.find_by_inputs(inputs.clone(), &fingerprint),
            Err(Box::new(inputs.clone()))
        );
        let record = record(inputs.clone());
        let path = store.layout.record("scan", &fingerprint);
        store.files.write_atomic(&path, &record.sealed().unwrap()).unwrap();
        let digest = Digest::compute(b"o");
        let tail = format!(
            "\"outputs\":[{{\"path\":\"o\",\"digest\":\"{digest}\",\"size\":1}}],\"diagnostics\":[],\
             \"seconds\":0.1,\"finished\":\"now\",\"device\":\"cpu\",\"summary\":\"two \\\"words\\\"\"}}}}"
        );
        assert!(fs_err::read_to_string(&path).unwrap().ends_with(&tail), "the fields are frozen");
        assert_eq!(store.find_by_inputs(inputs.clone(), &fingerprint).unwrap(), record);
        assert_eq!(store.record("scan", &fingerprint).unwrap(), record);
        let bytes = fs_err::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs_err::write(&path, damaged).unwrap();
            assert!(store.find_by_inputs(inputs.clone(), &fingerprint).is_err(), "byte {at}");
        }
    }

    #[test]
    fn partial_record_is_never_found_by_its_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        let mut partial = record(inputs("a"));
        partial.meta.partial = Some("half".into());
        let (whole, name) = (partial.inputs.fingerprint(), partial.fingerprint());
        assert_ne!(whole, name);
        for place in [whole, name] {
            let path = store.layout.record("scan", &place);
            store.files.write_atomic(&path, &partial.sealed().unwrap()).unwrap();
        }
        assert_eq!(store.record("scan", &name).as_ref(), Some(&partial));
        assert_eq!(store.record("scan", &whole), None);
        assert!(store.find_by_inputs(partial.inputs.clone(), &whole).is_err());
        let less = Record { outputs: Vec::new(), ..partial.clone() };
        let mut other = partial;
        other.meta.partial = Some("a third".into());
        assert!(less.fingerprint() != name && other.fingerprint() != name);
    }

    #[test]
    fn record_of_other_inputs_is_not_found() {
        let body = serde_json::to_vec(&record(inputs("a"))).unwrap();
        assert!(parse_tail(&body, &inputs("a")).is_some());
        assert!(parse_tail(&body, &inputs("b")).is_none());
    }
}
