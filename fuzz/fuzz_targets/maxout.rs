#![no_main]

use simdact_fuzz::MaxoutCase;

libfuzzer_sys::fuzz_target!(|case: MaxoutCase| case.check());
