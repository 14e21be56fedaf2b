//! What a collector answers over the network: read within bounds, whatever it is.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| alog::read_response(bytes));
