#![no_main]
//! Compressed inputs: a gzip header, then whatever comes.

mod shared;

use kabar::stage::read::Format;
use libfuzzer_sys::fuzz_target;

const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

fuzz_target!(|bytes: &[u8]| {
    shared::check(&[HEADER.as_slice(), bytes].concat(), Format::Unknown);
});
