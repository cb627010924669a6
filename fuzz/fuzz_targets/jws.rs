//! libFuzzer's door to [`chop_fuzz::jws`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::jws::run(data);
});
