#![no_main]

use simdact_fuzz::ElementwiseBackwardCase;

libfuzzer_sys::fuzz_target!(|case: ElementwiseBackwardCase| case.check());
