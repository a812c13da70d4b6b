#![no_main]

use simdact_fuzz::StagedCase;

libfuzzer_sys::fuzz_target!(|case: StagedCase| case.check());
