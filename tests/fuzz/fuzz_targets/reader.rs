//! The reader's promises, with libFuzzer looking for bytes that break them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    partita_fuzz::checks::check(bytes.to_vec());
});
