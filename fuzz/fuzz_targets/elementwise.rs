#![no_main]

use simdact_fuzz::ElementwiseCase;

libfuzzer_sys::fuzz_target!(|case: ElementwiseCase| case.check());
