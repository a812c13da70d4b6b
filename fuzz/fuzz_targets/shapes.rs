#![no_main]

use simdact_fuzz::ShapesCase;

libfuzzer_sys::fuzz_target!(|case: ShapesCase| case.check());
