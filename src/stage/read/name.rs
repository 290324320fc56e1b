//! Names: paths made printable for messages, and made safe for output files.
//!
//! Place in the data way: used by `walk` and `open`.
//! It must never map two different names to one, and never give a name that leads out of its folder.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Component, Path};

use crate::model::key::sha256_hex;

/// Longest component in bytes; leaves room for an extension and a temporary suffix within the usual 255.
const MAX_COMPONENT: usize = 200;

/// A path as one printable line: control characters and broken UTF-8 are shown as escapes.
pub fn printable(path: &OsStr) -> String {
    let mut out = String::new();
    for chunk in path.as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_unprintable(c) { out.extend(c.escape_default()) } else { out.push(c) }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// One path component from any bytes. What a file name should not hold is percent-encoded, and so is a `%` that could
/// be taken for such a code; a leading dot is encoded, so that no output is hidden and none is `..`.
pub fn safe_component(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        for (at, c) in valid.char_indices() {
            let code_like = c == '%' && valid.as_bytes().get(at + 1..at + 3).is_none_or(is_hex);
            if is_unprintable(c) || matches!(c, '/' | '\\') || code_like || (c == '.' && out.is_empty()) {
                let mut buffer = [0; 4];
                encode(&mut out, c.encode_utf8(&mut buffer).as_bytes());
            } else {
                out.push(c);
            }
        }
        encode(&mut out, chunk.invalid());
    }
    if out.is_empty() { "%".into() } else { shortened(out) }
}

/// The output name of a file at `relative` below its input folder: the same tree, `ending` bytes at its end removed.
pub fn output_name(relative: &Path, ending: usize) -> String {
    let parts: Vec<&OsStr> =
        relative.components().filter_map(|c| if let Component::Normal(part) = c { Some(part) } else { None }).collect();
    let last = parts.len().saturating_sub(1);
    let safe = parts.iter().enumerate().map(|(i, part)| {
        let bytes = part.as_encoded_bytes();
        let ending = if i == last { ending } else { 0 };
        safe_component(bytes.get(..bytes.len().saturating_sub(ending)).unwrap_or(bytes))
    });
    safe.collect::<Vec<_>>().join("/")
}

fn is_hex(two: &[u8]) -> bool {
    two.iter().all(u8::is_ascii_hexdigit)
}

/// Controls, and the marks that turn the direction of text and so can make a message lie.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn encode(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "%{byte:02X}");
    }
}

fn shortened(name: String) -> String {
    if name.len() <= MAX_COMPONENT {
        return name;
    }
    let mut cut = MAX_COMPONENT - 17;
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    let hash = sha256_hex(name.as_bytes());
    format!("{}-{}", name.get(..cut).unwrap_or_default(), hash.get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_quotes_stay_and_controls_are_escaped() {
        assert_eq!(safe_component("Kata 'dia' \"ya\"".as_bytes()), "Kata 'dia' \"ya\"");
        assert_eq!(safe_component(b"a\nb"), "a%0Ab");
        assert_eq!(printable(OsStr::new("a\nb")), "a\\nb");
    }

    #[test]
    fn different_names_stay_different() {
        let names: [&[u8]; 6] = [b"a/b", b"a%2Fb", b"a%252Fb", b"\xff", b"%FF", b"a b"];
        let safe: std::collections::BTreeSet<_> = names.iter().map(|name| safe_component(name)).collect();
        assert_eq!(safe.len(), names.len(), "{safe:?}");
    }

    #[test]
    fn no_name_is_hidden_or_leads_out() {
        assert_eq!(safe_component(b".."), "%2E.");
        assert_eq!(safe_component(b".hidden"), "%2Ehidden");
        assert_eq!(safe_component(b"../../etc/passwd"), "%2E.%2F..%2Fetc%2Fpasswd");
        assert_eq!(output_name(Path::new("a/../b/./c.txt"), 4), "a/b/c");
    }

    #[test]
    fn names_that_are_not_utf8_get_safe_ones() {
        assert_eq!(safe_component(b"caf\xe9"), "caf%E9");
    }

    #[test]
    fn long_names_are_cut_and_told_apart_by_hash() {
        let (a, b) = ("x".repeat(300) + "a", "x".repeat(300) + "b");
        let (a, b) = (safe_component(a.as_bytes()), safe_component(b.as_bytes()));
        assert!(a.len() <= MAX_COMPONENT && b.len() <= MAX_COMPONENT && a != b);
    }
}
