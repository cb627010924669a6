//! libFuzzer's door to `src/arguments.rs`.
#![no_main]

#[path = "../src/arguments.rs"]
mod arguments;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    arguments::run(data);
});
