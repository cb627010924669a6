//! libFuzzer's door to [`chop_fuzz::spki`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::spki::run(data);
});
