//! libFuzzer's door to [`chop_fuzz::jwk`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::jwk::run(data);
});
