//! libFuzzer's door to [`chop_fuzz::policy`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chop_fuzz::policy::run(data);
});
