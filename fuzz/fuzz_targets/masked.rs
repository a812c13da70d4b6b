#![no_main]

use simdact_fuzz::MaskedCase;

libfuzzer_sys::fuzz_target!(|case: MaskedCase| case.check());
