//! Mends almost-JSON: raw line breaks in texts, commas too many, quotation marks of another kind.
//!
//! Place in the data way: [`super`] hands it what is no JSON as it stands.
//! It must never give back less than was written: of `the "Golden" age` a mender may keep the first word alone, and a
//! paragraph would end there.

use serde_json::Value;

/// The value that was meant, where all that was written is still in it.
pub(super) fn mended(text: &str) -> Option<Value> {
    let text = with_escaped_controls(text);
    let plain = serde_json::from_str(&text).ok();
    plain.or_else(|| {
        let value = llm_json::loads(&text, &llm_json::RepairOptions::default()).ok();
        value.filter(|value| nothing_lost(&text, value))
    })
}

/// Escapes line breaks and tabs that stand raw inside JSON strings.
fn with_escaped_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            '"' if !escaped => inside = !inside,
            '\n' if inside => out.push_str("\\n"),
            '\r' if inside => out.push_str("\\r"),
            '\t' if inside => out.push_str("\\t"),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if !(inside && matches!(c, '\n' | '\r' | '\t')) {
            out.push(c);
        }
    }
    out
}

/// The names of fields in answers. Any other "name" that a mender finds is a piece of a text.
const FIELDS: [&str; 10] =
    ["segments", "n", "en", "translation", "summary", "points", "sections", "items", "text", "cites"];

/// Whether a mended value holds all that was written, and nothing of the JSON around it: the same signs, no quotation mark
/// fewer, and in no text a bracket that has no other.
fn nothing_lost(written: &str, value: &Value) -> bool {
    let mut found = Found::default();
    found.collect(value);
    let quotes = |text: &str| text.matches(['"', '\'']).count();
    let (written, texts) = (unescaped(written), found.texts.concat());
    let keeps_quotes = quotes(&written) <= quotes(&texts) + 2 * found.texts.len();
    keeps_quotes
        && signs(&written) == signs(&(texts + &found.other))
        && found.texts.iter().all(|text| is_balanced(text))
}

/// What a value holds.
#[derive(Default)]
struct Found {
    /// Texts, and the names of known fields: what stands between quotation marks.
    texts: Vec<String>,
    /// Numbers and the like.
    other: String,
}

impl Found {
    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    self.texts.extend(FIELDS.contains(&name.as_str()).then(|| name.clone()));
                    self.collect(value);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.collect(value)),
            Value::String(text) => self.texts.push(text.clone()),
            other => self.other += &other.to_string(),
        }
    }
}

/// The signs of a text in order, without those that may belong to the JSON around it.
fn signs(text: &str) -> Vec<char> {
    let around = |c: &char| c.is_whitespace() || c.is_control() || "{}[],:\"'\\".contains(*c);
    let mut signs: Vec<char> = text.chars().filter(|c| !around(c)).collect();
    signs.sort_unstable();
    signs
}

/// Whether every bracket that is closed was opened before, and none is left open.
fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// The text with the signs that JSON's escapes stand for.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        units.extend(before.encode_utf16());
        let code = after.strip_prefix('u').and_then(|code| u16::from_str_radix(code.get(..4)?, 16).ok());
        let sign = after.chars().next().unwrap_or_default();
        if let Some(code) = code {
            units.push(code);
        } else if !"nrtbf".contains(sign) {
            units.extend(sign.encode_utf16(&mut [0; 2]).iter());
        }
        rest = after.get(if code.is_some() { 5 } else { sign.len_utf8() }..).unwrap_or_default();
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mended_holds_all_that_was_written() {
        for en in [
            r#""The programme is called "Golden" Generation, and more follows here.""#,
            r#""She said "no", and left.""#,
            r#""He called it "great": it was not.""#,
            r#""The "Golden" age.""#,
            r#""They say "it rained.""#,
            r#""They say "it rained"""#,
            r#""Rain is falling."#,
            "'The minister's office is closed.'",
            "'The minister's office isn't closed.'",
        ] {
            for (before, after) in [("", ""), ("{\"n\":1,\"en\":\"One.\"},", ""), ("", ",{\"n\":3,\"en\":\"Three.\"}")]
            {
                let text = format!(r#"{{"segments":[{before}{{"n":2,"en":{en}}}{after}]}}"#);
                let Some(value) = mended(&text) else { continue };
                let list = value["segments"].as_array().unwrap();
                let kept = list.iter().find(|segment| segment["n"] == 2).unwrap();
                assert_eq!(kept["en"], en[1..].trim_end_matches(&en[..1]), "{text}: {value}");
            }
        }
    }

    #[test]
    fn what_no_text_belongs_to_is_mended() {
        for (text, meant) in [
            (r#"{"n":1,"en":"One, \"two\".",}"#, "One, \"two\"."),
            (r#"{"n":1,"en":"\u00c9mile \ud83d\ude00 [the \\ man]\nleft\/.",}"#, "Émile 😀 [the \\ man]\nleft/."),
            ("{'n':1,'en':'One.'}", "One."),
            ("{n:1,en:\"One.\"}", "One."),
            ("{\"n\":1,\"en\":\"One\nline.\"}", "One\nline."),
            ("{\"n\":1 \"en\":\"One.\"}", "One."),
        ] {
            assert_eq!(mended(text).unwrap()["en"], meant, "{text}");
        }
    }
}
