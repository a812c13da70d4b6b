#![no_main]

use simdact_fuzz::MaxoutBackwardCase;

libfuzzer_sys::fuzz_target!(|case: MaxoutBackwardCase| case.check());
