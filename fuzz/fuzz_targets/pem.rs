//! libFuzzer's door to [`chop_fuzz::pem`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::pem::run(data);
});
