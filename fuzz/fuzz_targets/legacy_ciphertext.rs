//! libFuzzer's door to [`chop_fuzz::legacy_ciphertext`].
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: chop_fuzz::warm_up(),
    |data: &[u8]| {
        chop_fuzz::legacy_ciphertext::run(data);
    }
);
