//! libFuzzer's door to [`chop_fuzz::audit_export`].
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: chop_fuzz::keyrings::warm_up(),
    |data: &[u8]| {
        chop_fuzz::audit_export::run(data);
    }
);
