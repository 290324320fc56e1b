#![no_main]
//! Archives, e-books and Word documents.

mod shared;

use kabar::stage::read::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Zip, Format::Epub, Format::Docx] {
        shared::check(bytes, format);
    }
});
