#![no_main]

use simdact_fuzz::NamesCase;

libfuzzer_sys::fuzz_target!(|case: NamesCase<'_>| case.check());
