//! libFuzzer's door to [`chop_fuzz::inspect`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::inspect::run(data);
});
