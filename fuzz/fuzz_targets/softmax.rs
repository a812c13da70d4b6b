#![no_main]

use simdact_fuzz::SoftmaxCase;

libfuzzer_sys::fuzz_target!(|case: SoftmaxCase| case.check());
