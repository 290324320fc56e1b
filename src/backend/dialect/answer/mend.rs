//! Mends almost-JSON: raw line breaks and quotation marks in texts, commas too many, quotation marks of another kind.
//!
//! Place in the data way: [`super`] hands it what is no JSON as it stands.
//! It must never give back less than was written: of `the "Golden" age` a mender may keep the first word alone, and a
//! paragraph would end there.

use serde_json::Value;

/// The value that was meant, where all that was written is still in it.
pub(super) fn mended(text: &str) -> Option<Value> {
    let plain = with_escaped_controls(text);
    if let Ok(value) = serde_json::from_str(&plain) {
        return Some(value);
    }
    let quoted = with_escaped_controls(&with_escaped_quotes(text));
    let by_mender = |text: &str| llm_json::loads(text, &llm_json::RepairOptions::default()).ok();
    let found = [serde_json::from_str(&quoted).ok(), by_mender(&plain), by_mender(&quoted)];
    found.into_iter().flatten().find(|value| nothing_lost(&plain, value))
}

/// Escapes quotation marks that stand raw inside JSON strings: all but those that end one, as what follows shows.
fn with_escaped_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut start, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        if c == '"' && !escaped {
            let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
            match start.and_then(|start| before.get(start..)) {
                None => start = Some(at + 1),
                Some(string) if ends_string(string, after) => start = None,
                Some(_) => out.push('\\'),
            }
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}

/// Whether a quotation mark between these ends a JSON string: the name of a field, or what another one follows.
fn ends_string(string: &str, after: &str) -> bool {
    let after = after.trim_start();
    match after.strip_prefix(',') {
        Some(next) => next.trim_start().starts_with(['"', ']', '}']),
        None if after.starts_with(':') => FIELDS.contains(&string),
        None => after.starts_with([']', '}']),
    }
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
/// fewer, and in no text a bracket or a quotation mark that has no other.
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

/// Whether every bracket that is closed was opened before, and none is left open; and whether quotation marks come in pairs.
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
    open.is_empty() && text.matches('"').count().is_multiple_of(2)
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

    /// What stands as the English of the second segment, wherever it is mended.
    fn english(en: &str) -> Vec<Option<String>> {
        let around = [("", ""), ("{\"n\":1,\"en\":\"One.\"},", ""), ("", ",{\"n\":3,\"en\":\"Three.\"},")];
        let read = |(before, after): (&str, &str)| {
            let value = mended(&format!(r#"{{"segments":[{before}{{"n":2,"en":{en}}}{after}]}}"#))?;
            let second = value["segments"].as_array()?.iter().find(|segment| segment["n"] == 2)?;
            second["en"].as_str().map(str::to_owned)
        };
        around.into_iter().map(read).collect()
    }

    #[test]
    fn quotation_marks_inside_a_text_stay_in_it() {
        for en in [
            r#""The programme is called "Golden" Generation, and more follows here.""#,
            r#""She said "no", and left.""#,
            r#""He called it "great": it was not.""#,
            r#""The "Golden" age.""#,
            r#""He called him a "big liar"""#,
            r#"""No," he said, "and 'no' again."""#,
        ] {
            let meant = Some(en[1..en.len() - 1].to_owned());
            assert_eq!(english(en), vec![meant; 3], "{en}");
        }
    }

    #[test]
    fn what_could_have_lost_a_part_is_not_mended() {
        for en in [
            r#""They say "it rained.""#,
            r#""They sang "A", "B" and "C".""#,
            r#""Rain is falling."#,
            r#""Rain is "falling""#,
            "'The minister's office is closed.'",
            "'The minister's office isn't closed.'",
        ] {
            assert_eq!(english(en), vec![None; 3], "{en}");
        }
        let points = mended(r#"{"summary":"It rained.","points":["They sang "A", "B"."]}"#);
        assert_eq!(points, None, "a text is not cut into two");
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
