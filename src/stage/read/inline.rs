//! Markdown's inline mark-up taken off, so that only words remain.
//!
//! Place in the data way: used by the Markdown reader.
//! It must never take a character for mark-up that stands alone, such as the star in `3 * 4` or in `*) catatan`.

/// What mark-up begins with.
const MARKS: [char; 8] = ['*', '_', '`', '[', '!', '<', '\\', '~'];

/// The words of a Markdown line: emphasis, code marks, links, pictures, HTML tags and escapes are taken off.
pub fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let plain = rest.find(MARKS).unwrap_or(rest.len());
        if plain > 0 {
            out.push_str(rest.get(..plain).unwrap_or_default());
            rest = rest.get(plain..).unwrap_or_default();
            continue;
        }
        let taken = mark_up(rest, text.len() - rest.len(), text, &mut out);
        if taken == 0 {
            out.push(c);
        }
        rest = rest.get(taken.max(c.len_utf8())..).unwrap_or_default();
    }
    out
}

/// Bytes of mark-up at the start of `rest`; the words that stand for it are pushed to `out`.
fn mark_up(rest: &str, at: usize, whole: &str, out: &mut String) -> usize {
    match rest.as_bytes() {
        [b'\\', next, ..] if next.is_ascii_punctuation() => {
            out.push(char::from(*next));
            2
        }
        [b'!', b'[', ..] => link(rest.get(1..).unwrap_or_default(), out).map_or(0, |taken| taken + 1),
        [b'[', ..] => link(rest, out).unwrap_or(0),
        [b'`', ..] => code(rest, out),
        [b'<', ..] => tag(rest, out),
        [mark @ (b'*' | b'_' | b'~'), ..] => emphasis(rest, at, whole, char::from(*mark)),
        _ => 0,
    }
}

/// `[words](target)` and `[words][name]`: the words.
fn link(rest: &str, out: &mut String) -> Option<usize> {
    let close = matching(rest, '[', ']')?;
    let words = rest.get(1..close)?;
    let after = rest.get(close + 1..)?;
    let target = match after.as_bytes().first()? {
        b'(' => matching(after, '(', ')')?,
        b'[' => matching(after, '[', ']')?,
        _ => return None,
    };
    out.push_str(&strip(words));
    Some(close + 1 + target + 1)
}

/// Place of the bracket that closes the first one.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices().take(2000) {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

fn code(rest: &str, out: &mut String) -> usize {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    let fence = rest.get(..ticks).unwrap_or_default();
    let inside = rest.get(ticks..).unwrap_or_default();
    inside.find(fence).map_or(0, |end| {
        out.push_str(inside.get(..end).unwrap_or_default().trim());
        ticks * 2 + end
    })
}

/// An HTML tag or comment goes; an autolink `<https://…>` leaves its address.
fn tag(rest: &str, out: &mut String) -> usize {
    if rest.starts_with("<!--") {
        return rest.find("-->").map_or(0, |end| end + 3);
    }
    let Some(end) = rest.find('>').filter(|end| *end < 300) else { return 0 };
    let inside = rest.get(1..end).unwrap_or_default();
    if inside.starts_with("http") || (inside.contains('@') && !inside.contains(' ')) {
        out.push_str(inside);
        return end + 1;
    }
    let name = inside.trim_start_matches('/');
    let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().take_while(|c| !c.is_whitespace()).all(|c| c.is_ascii_alphanumeric() || c == '/');
    if !is_tag {
        return 0;
    }
    if name.starts_with("br") {
        out.push(' ');
    }
    end + 1
}

/// A run of marks that opens or closes something: it touches a word on one side and has a partner elsewhere.
fn emphasis(rest: &str, at: usize, whole: &str, mark: char) -> usize {
    let run = rest.len() - rest.trim_start_matches(mark).len();
    let is_word = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
    let before = whole.get(..at).and_then(|text| text.chars().next_back());
    let after = rest.get(run..).and_then(|text| text.chars().next());
    let inside_word = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
    if run > 3 || (mark == '~' && run < 2) || (mark == '_' && inside_word) {
        return 0;
    }
    let marks = rest.get(..run).unwrap_or_default();
    let opens = is_word(after) && rest.get(run..).is_some_and(|text| has_partner(text, marks));
    let closes = is_word(before) && whole.get(..at).is_some_and(|text| text.contains(marks));
    if opens || closes { run } else { 0 }
}

/// Whether the marks stand again behind a word.
fn has_partner(text: &str, marks: &str) -> bool {
    text.match_indices(marks)
        .any(|(at, _)| text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| !c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_links_and_code_leave_their_words() {
        assert_eq!(
            strip("**Jakarta** - _Harga_ [beras](https://x.id/a_(b)) `naik` ~~turun~~"),
            "Jakarta - Harga beras naik turun"
        );
        assert_eq!(strip("***penting***, kata ![foto](a.png)Budi<br>ya"), "penting, kata fotoBudi ya");
    }

    #[test]
    fn lone_marks_are_text() {
        for text in
            ["3 * 4 = 12", "*) catatan", "snake_case_name", "harga < 5 dan > 3", "a & b", "[sic] katanya", "Rp~5"]
        {
            assert_eq!(strip(text), text);
        }
    }

    #[test]
    fn escapes_give_the_character() {
        assert_eq!(strip(r"1\. Satu \*bintang\*"), "1. Satu *bintang*");
    }
}
