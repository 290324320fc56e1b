//! Figures above and below the line in characters of their own, so that none melts into the figure before it: `10⁶`
//! tons, not 106; a footnote's mark behind `3,5` is no digit of it.
//!
//! Place in the data way: used by the readers of HTML, Markdown and Word documents.
//! It must never take away from a figure what belongs to it, such as cents that are set high.

/// Where words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Above the line.
    Above,
    /// Below the line.
    Below,
}

const ABOVE: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
const BELOW: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];

impl Script {
    /// The script that an HTML element names.
    pub fn of_tag(name: &str) -> Option<Self> {
        match name {
            "sup" => Some(Self::Above),
            "sub" => Some(Self::Below),
            _ => None,
        }
    }

    /// The words in this script; `before` is the text that they follow.
    pub fn written(self, before: &str, words: &str) -> String {
        let is_behind_figure = before.ends_with(|c: char| c.is_ascii_digit());
        if self == Self::Above && is_behind_figure && matches!(words.trim(), "0" | "o" | "O") {
            return "°".into();
        }
        if goes_on(before, words) {
            return words.into();
        }
        let has_figure = words.contains(|c: char| c.is_ascii_digit());
        words.chars().map(|c| self.character(c, has_figure)).collect()
    }

    fn character(self, c: char, has_figure: bool) -> char {
        let (digits, plus, minus) = match self {
            Self::Above => (ABOVE, '⁺', '⁻'),
            Self::Below => (BELOW, '₊', '₋'),
        };
        match c {
            '+' if has_figure => plus,
            '-' | '−' | '–' if has_figure => minus,
            _ => c.to_digit(10).and_then(|digit| digits.get(digit as usize)).copied().unwrap_or(c),
        }
    }
}

/// Whether words that stand high or low are the rest of the figure before them: `5.000<sup>,50</sup>`, `14.<sup>000</sup>`.
fn goes_on(before: &str, words: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default();
    let is_figure = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let words = words.trim();
    if let Some(rest) = words.strip_prefix(['.', ',']) {
        return last.ends_with(|c: char| c.is_ascii_digit()) && is_figure(rest, 2..=3);
    }
    let whole = last.strip_suffix(['.', ',']).unwrap_or_default();
    let is_price = whole.starts_with("Rp") && whole.ends_with(|c: char| c.is_ascii_digit());
    is_price && is_figure(words, 2..=3) || last.ends_with('.') && is_figure(whole, 1..=3) && is_figure(words, 3..=3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_marks_melt_into_no_figure() {
        let above = |before: &str, words: &str| Script::Above.written(before, words);
        assert_eq!(above("10", "6"), "⁶");
        assert_eq!(above("10", "-6"), "⁻⁶");
        assert_eq!(above("3,5", "1,2"), "¹,²");
        assert_eq!(above("pada 2024.", "12"), "¹²");
        assert_eq!((above("suhu 30", "0"), above("30", "o"), above("N", "o")), ("°".into(), "°".into(), "o".into()));
        assert_eq!((above("10¹", "0"), above("2", "nd"), above("kata", "*)")), ("⁰".into(), "nd".into(), "*)".into()));
        assert_eq!(Script::Below.written("CO", "2"), "₂");
    }

    #[test]
    fn the_rest_of_a_price_stays_a_part_of_it() {
        for (before, words) in [("Rp5.000", ",50"), ("Rp14.", "000"), ("Rp14", ".000"), ("hanya 14.", "000")] {
            assert_eq!(Script::Above.written(before, words), words, "{before}");
        }
    }
}
