#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| simdact_fuzz::elementwise(data));
