#![no_main]

use simdact_fuzz::SumsCase;

libfuzzer_sys::fuzz_target!(|case: SumsCase| case.check());
