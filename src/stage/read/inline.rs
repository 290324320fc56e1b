//! Markdown's inline mark-up taken off, so that only words remain.
//!
//! Place in the data way: used by the Markdown reader.
//! It must never take a character for mark-up that stands alone, such as the star in `3 * 4` or in `*) catatan`.

use std::collections::HashMap;

use super::html::is_block;
use super::script::Script;

/// What mark-up begins with.
const MARKS: [char; 9] = ['*', '_', '`', '[', '!', '<', '\\', '~', '&'];

/// Bytes between the brackets of a link, and of a code mark or comment, at most.
const REACH: usize = 4000;

/// The words of a Markdown line: emphasis, code marks, links, pictures, HTML tags and escapes are taken off.
pub fn strip(text: &str) -> String {
    if !text.contains(MARKS) {
        return text.to_owned();
    }
    let mut strip = Strip { text, out: String::with_capacity(text.len()), ..Strip::default() };
    let mut at = 0;
    while at < text.len() {
        at = strip.step(at);
    }
    strip.strike(false);
    strip.out
}

#[derive(Default)]
struct Strip<'a> {
    text: &'a str,
    out: String,
    /// The links that are open: where the words of each end, and where its target ends.
    targets: Vec<(usize, usize)>,
    /// The bracket that closes each bracket; looked up in one pass when the first one is met.
    closers: Option<HashMap<usize, usize>>,
    /// For each run of marks that was met, the first place of such a run and the last one that can close it.
    runs: Vec<(&'a str, Ends)>,
    /// Whether the words stand above or below the line.
    script: Option<Script>,
    /// The words are struck out.
    is_struck: bool,
}

type Ends = (Option<usize>, Option<usize>);

impl<'a> Strip<'a> {
    /// Takes what stands at `at`; gives the place behind it.
    fn step(&mut self, at: usize) -> usize {
        if let Some((_, end)) = self.targets.pop_if(|(words, _)| *words <= at).filter(|(words, _)| *words == at) {
            return end;
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let until = self.targets.last().map_or(self.text.len(), |(words, _)| *words);
        let plain = rest.find(MARKS).unwrap_or(rest.len()).min(until.saturating_sub(at));
        if plain > 0 {
            self.words(rest.get(..plain).unwrap_or_default());
            return at + plain;
        }
        let taken = self.mark_up(rest, at);
        if taken > 0 {
            return at + taken;
        }
        let first = rest.chars().next();
        self.out.extend(first);
        at + first.map_or(1, char::len_utf8)
    }

    fn words(&mut self, words: &str) {
        match self.script {
            Some(script) => self.out.push_str(&script.written(&self.out, words)),
            None => self.out.push_str(words),
        }
    }

    /// What is struck out stands in brackets: it must not be read with what took its place.
    fn strike(&mut self, is_struck: bool) {
        if self.is_struck != is_struck {
            self.out.push(if is_struck { '[' } else { ']' });
        }
        self.is_struck = is_struck;
    }

    /// Bytes of mark-up at the start of `rest`; the words that stand for it are pushed.
    fn mark_up(&mut self, rest: &'a str, at: usize) -> usize {
        match rest.as_bytes() {
            [b'\\', next, ..] if next.is_ascii_punctuation() => {
                self.out.push(char::from(*next));
                2
            }
            [b'!', b'[', ..] => self.link(at + 1).map_or(0, |()| 2),
            [b'[', ..] => self.link(at).map_or(0, |()| 1),
            [b'`', ..] => self.code(rest),
            [b'<', ..] => self.tag(rest),
            [b'&', ..] => self.entity(rest),
            [mark @ (b'*' | b'_' | b'~'), ..] => self.emphasis(rest, at, char::from(*mark)),
            _ => 0,
        }
    }

    /// `[words](target)` and `[words][name]`: notes where the target is to be left out.
    fn link(&mut self, at: usize) -> Option<()> {
        let closers = self.closers.get_or_insert_with(|| closers(self.text));
        let close = *closers.get(&at)?;
        let is_target = matches!(self.text.as_bytes().get(close + 1)?, b'(' | b'[');
        let end = is_target.then(|| closers.get(&(close + 1)))?? + 1;
        (end - at <= REACH).then(|| self.targets.push((close, end)))
    }

    fn code(&mut self, rest: &str) -> usize {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let (fence, inside) = rest.split_at(ticks);
        near(inside).find(fence).map_or(0, |end| {
            self.out.push_str(inside.get(..end).unwrap_or_default().trim());
            ticks * 2 + end
        })
    }

    /// An HTML tag or comment goes; an autolink `<https://…>` leaves its address.
    fn tag(&mut self, rest: &str) -> usize {
        let rest = near(rest);
        if rest.starts_with("<!--") {
            return rest.find("-->").map_or(0, |end| end + 3);
        }
        let Some(end) = rest.bytes().skip(1).position(|byte| matches!(byte, b'<' | b'>')).map(|end| end + 1) else {
            return 0;
        };
        let inside = rest.get(1..end).filter(|_| rest.as_bytes().get(end) == Some(&b'>')).unwrap_or_default();
        if inside.starts_with("http") || (inside.contains('@') && !inside.contains(' ')) {
            self.out.push_str(inside);
            return end + 1;
        }
        let name = inside.trim_start_matches('/');
        let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().take_while(|c| !c.is_whitespace()).all(|c| c.is_ascii_alphanumeric() || c == '/');
        if !is_tag {
            return 0;
        }
        let element = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
        self.element(&element, !inside.starts_with('/'));
        let is_code = matches!(element.as_str(), "script" | "style") && !inside.starts_with('/');
        let code = is_code.then(|| rest.get(end..)?.find(&format!("</{element}"))).flatten().unwrap_or(1);
        end + code
    }

    /// What an HTML element does to the words around its tag.
    fn element(&mut self, name: &str, opens: bool) {
        match name {
            "td" | "th" if opens && !self.out.trim().is_empty() => self.out.push_str(" | "),
            "td" | "th" => {}
            "sup" | "sub" => self.script = Script::of_tag(name).filter(|_| opens),
            "del" | "s" | "strike" => self.strike(opens),
            name if name == "br" || is_block(name) => self.out.push(' '),
            _ => {}
        }
    }

    /// `&nbsp;` and the like, and characters by their number.
    fn entity(&mut self, rest: &str) -> usize {
        let Some(end) = rest.bytes().take(10).position(|byte| byte == b';') else { return 0 };
        let found = match rest.get(1..end).unwrap_or_default() {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some(' '),
            "ldquo" => Some('“'),
            "rdquo" => Some('”'),
            "lsquo" => Some('‘'),
            "rsquo" => Some('’'),
            "ndash" => Some('–'),
            "mdash" => Some('—'),
            "hellip" => Some('…'),
            name => {
                let number = name.strip_prefix('#').map(|number| match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                });
                number.and_then(Result::ok).and_then(char::from_u32).filter(|c| !c.is_control())
            }
        };
        self.out.extend(found);
        found.map_or(0, |_| end + 1)
    }

    /// A run of marks that opens or closes something: it touches a word on one side and has a partner elsewhere.
    fn emphasis(&mut self, rest: &'a str, at: usize, mark: char) -> usize {
        let run = rest.len() - rest.trim_start_matches(mark).len();
        let is_word = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        let before = self.text.get(..at).and_then(|text| text.chars().next_back());
        let after = rest.get(run..).and_then(|text| text.chars().next());
        let inside_word = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        if run > 3 || (mark == '~' && run < 2) || (mark == '_' && inside_word) {
            return 0;
        }
        let (first, last) = self.ends(rest.get(..run).unwrap_or_default());
        let opens = is_word(after) && last.is_some_and(|last| last >= at + run);
        let closes = is_word(before) && first.is_some_and(|first| first + run <= at);
        if (opens || closes) && mark == '~' {
            self.strike(!self.is_struck);
        }
        if opens || closes { run } else { 0 }
    }

    /// The first place of these marks, and the last one behind a word.
    fn ends(&mut self, marks: &'a str) -> Ends {
        if let Some((_, ends)) = self.runs.iter().find(|(known, _)| *known == marks) {
            return *ends;
        }
        let is_behind_word = |at: usize| {
            self.text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| !c.is_whitespace())
        };
        let last = self.text.rmatch_indices(marks).map(|(at, _)| at).find(|at| is_behind_word(*at));
        let ends = (self.text.find(marks), last);
        self.runs.push((marks, ends));
        ends
    }
}

/// The closing bracket of each opening one, round and square ones apart.
fn closers(text: &str) -> HashMap<usize, usize> {
    let (mut square, mut round) = (Vec::new(), Vec::new());
    let mut found = HashMap::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => square.push(at),
            b'(' => round.push(at),
            b']' => found.extend(square.pop().map(|open| (open, at))),
            b')' => found.extend(round.pop().map(|open| (open, at))),
            _ => {}
        }
    }
    found
}

/// The part of a text in which mark-up that begins it must end.
fn near(text: &str) -> &str {
    text.get(..text.floor_char_boundary(REACH)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_links_and_code_leave_their_words() {
        assert_eq!(
            strip("**Jakarta** - _Harga_ [beras](https://x.id/a_(b)) `naik` ~~turun~~"),
            "Jakarta - Harga beras naik [turun]"
        );
        assert_eq!(strip("***penting***, kata ![foto](a.png)Budi<br>ya"), "penting, kata fotoBudi ya");
    }

    #[test]
    fn tags_keep_figures_cells_and_paragraphs_apart() {
        assert_eq!(strip("10<sup>6</sup> ton, 3<sup>1</sup>/<sub>2</sub> kg"), "10⁶ ton, 3¹/₂ kg");
        assert_eq!(strip("Korban <del>12</del> 21 orang, ~~Rp10~~ Rp12"), "Korban [12] 21 orang, [Rp10] Rp12");
        let table = "<table><tr><td>Beras</td><td>14.000</td></tr></table>";
        assert_eq!(strip(table).split_whitespace().collect::<Vec<_>>().join(" "), "Beras | 14.000");
        assert_eq!(strip("<p>Satu.</p><p>Dua.</p>").trim(), "Satu.  Dua.");
        assert_eq!(strip(&format!("<img src=\"{}\"> ya", "x".repeat(900))), " ya");
        assert_eq!(strip("<script> var x = 1; </script>ya"), "ya");
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
    fn links_in_links_and_marks_that_never_close() {
        assert_eq!(strip("[![foto](a.png) pasar *pagi*](https://x.id) ya [ini](b"), "foto pasar pagi ya [ini](b");
        assert_eq!(strip("*a *b *c"), "*a *b *c");
        assert_eq!(strip("[a [b](c"), "[a [b](c");
    }

    #[test]
    fn entities_give_their_characters() {
        assert_eq!(
            strip("Budi &amp; Rina: 5&nbsp;kg&mdash;lebih &#8220;murah&#x201d; &lain; R&D;"),
            "Budi & Rina: 5 kg—lebih “murah” &lain; R&D;"
        );
    }

    #[test]
    fn escapes_give_the_character() {
        assert_eq!(strip(r"1\. Satu \*bintang\*"), "1. Satu *bintang*");
    }
}
