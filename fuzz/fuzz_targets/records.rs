#![no_main]
//! JSON: files of records, one a line or as a list, and bytes without a name.

mod shared;

use kabar::stage::read::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Jsonl, Format::Json, Format::Unknown] {
        shared::check(bytes, format);
    }
});
