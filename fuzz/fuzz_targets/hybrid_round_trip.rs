//! libFuzzer's door to [`chop_fuzz::hybrid_round_trip`].
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: chop_fuzz::warm_up(),
    |data: &[u8]| {
        chop_fuzz::hybrid_round_trip::run(data);
    }
);
