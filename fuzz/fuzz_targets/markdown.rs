#![no_main]
//! The reader of the format `Markdown`.

mod shared;

use kabar::stage::read::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| shared::check(bytes, Format::Markdown));
