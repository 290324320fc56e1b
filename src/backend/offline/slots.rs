//! Web and mail addresses, handles and hashtags travel through the model as one sign each, and come out untouched.
//!
//! Place in the data way: `engine` swaps them out before the search and back in after it.
//! It must never lose one: what the model dropped is put at the end.

use std::sync::LazyLock;

use regex::Regex;

/// The signs that models are trained to carry over. A model without them sees the addresses themselves.
pub(super) const SLOTS: [char; 8] = ['①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧'];

/// What must come out letter by letter.
#[expect(clippy::expect_used, reason = "the pattern is a constant, and a test compiles it")]
pub(super) static VERBATIM: LazyLock<Regex> = LazyLock::new(|| {
    let web = r#"(?:https?://|www\.)[^\s<>"”’)\]]*[^\s<>"”’)\].,;:!?]"#;
    let mail = r"[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+";
    let handle = r"\B[@#]\w*[A-Za-z]\w*";
    Regex::new(&format!("{web}|{mail}|{handle}")).expect("a valid pattern")
});

/// A text with its addresses swapped for slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Protected {
    pub(super) text: String,
    /// The slots that were used, each with what it stands for.
    taken: Vec<(char, String)>,
}

impl Protected {
    /// Swaps the addresses of `text` for those of `slots` that it does not hold anyway; what is more stays as it is.
    pub(super) fn new(text: &str, slots: &[char]) -> Self {
        let mut free = slots.iter().filter(|slot| !text.contains(**slot));
        let mut taken = Vec::new();
        let swap = |found: &regex::Captures<'_>| {
            let address = found.get(0).map_or("", |all| all.as_str());
            let Some(slot) = free.next() else { return address.to_owned() };
            taken.push((*slot, address.to_owned()));
            slot.to_string()
        };
        let text = VERBATIM.replace_all(text, swap).into_owned();
        Self { text, taken }
    }

    /// Puts the addresses back into a translation of the text. Gives how many it had lost.
    pub(super) fn restore(&self, english: &str) -> (String, usize) {
        let mut text = english.to_owned();
        let mut lost = 0;
        for (slot, address) in &self.taken {
            if let Some((before, after)) = text.split_once(*slot) {
                let after = after.replace(&format!(" {slot}"), "").replace(*slot, "");
                text = format!("{before}{address}{after}");
            } else {
                lost += 1;
                text = format!("{} {address}", text.trim_end());
            }
        }
        (text.trim_start().to_owned(), lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "Lihat https://www.bmkg.go.id/gempa/2024, tulis ke info@bmkg.go.id atau @infoBMKG.";

    #[test]
    fn addresses_become_slots_and_come_back_letter_by_letter() {
        let protected = Protected::new(SOURCE, &SLOTS);
        assert_eq!(protected.text, "Lihat ①, tulis ke ② atau ③.");
        let (english, lost) = protected.restore("See ①, write to ② or ③.");
        assert_eq!(english, "See https://www.bmkg.go.id/gempa/2024, write to info@bmkg.go.id or @infoBMKG.");
        assert_eq!(lost, 0);
    }

    #[test]
    fn what_the_model_dropped_is_put_at_the_end_and_what_it_doubled_stands_once() {
        let protected = Protected::new("Baca www.tempo.co dan www.detik.com", &SLOTS);
        assert_eq!(protected.restore("Read ② and ②"), ("Read www.detik.com and www.tempo.co".into(), 1));
    }

    #[test]
    fn without_slots_nothing_is_swapped_and_slots_in_the_text_are_left_alone() {
        assert_eq!(Protected::new(SOURCE, &[]).text, SOURCE);
        assert_eq!(Protected::new("① www.tempo.co", &SLOTS).text, "① ②");
    }
}
