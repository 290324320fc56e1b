//! Text on its way into a page: without characters that deceive, addresses only where they lead to the web.
//!
//! Place in the data way: inside `html`; the templates escape what comes from here.
//! It must never let an address through that a browser would run.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use minijinja::value::Value;
use minijinja::{Output, State};
use sha2::{Digest, Sha256};

use super::super::escape::{is_bidi, is_web};

/// The text without controls and without characters that turn its direction; line breaks stay.
pub(in crate::stage::write) fn plain(text: &str) -> String {
    text.chars().filter(|c| (*c == '\n' || !c.is_control()) && !is_bidi(*c)).collect()
}

/// An address of the web; nothing else is ever linked.
pub(in crate::stage::write) fn web(url: Option<&str>) -> Option<String> {
    let url = url.filter(|url| is_web(url))?;
    Some(plain(url).replace(char::is_whitespace, "%20"))
}

/// Writes a value into a page: text is always escaped, whatever a template says; only what the program itself has
/// rendered is not.
pub(super) fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    match value.as_str().filter(|_| !value.is_safe()) {
        Some(text) => out.write_str(&escaped(text)).map_err(minijinja::Error::from),
        None => minijinja::escape_formatter(out, state, value),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

/// The hash of an inline style or script as a policy names it.
pub(super) fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_linked() {
        assert_eq!(web(Some("https://a.id/b c")).as_deref(), Some("https://a.id/b%20c"));
        for bad in ["javascript:alert(1)", " https://a.id", "data:text/html,x", "//a.id", "JavaScript://a"] {
            assert_eq!(web(Some(bad)), None, "{bad}");
        }
    }
}
