//! libFuzzer's door to [`chop_fuzz::keyring_record`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::keyring_record::run(data);
});
