//! libFuzzer's door to [`chop_fuzz::ml_dsa_verify`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::ml_dsa_verify::run(data);
});
