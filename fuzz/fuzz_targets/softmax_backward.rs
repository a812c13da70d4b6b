#![no_main]

use simdact_fuzz::SoftmaxBackwardCase;

libfuzzer_sys::fuzz_target!(|case: SoftmaxBackwardCase| case.check());
