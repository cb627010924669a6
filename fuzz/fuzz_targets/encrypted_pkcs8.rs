//! libFuzzer's door to [`chop_fuzz::encrypted_pkcs8`].
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: chop_fuzz::warm_up(),
    |data: &[u8]| {
        chop_fuzz::encrypted_pkcs8::run(data);
    }
);
