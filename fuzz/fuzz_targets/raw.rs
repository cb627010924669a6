//! libFuzzer's door to [`chop_fuzz::raw`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::raw::run(data);
});
