//! The authority file: fixed English renderings of Indonesian names, found in a text.
//!
//! Place in the data way: inside `names`; it also feeds the glossary of a request.
//! It must never guess: what is not in the file has no rendering.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use super::super::words::{Word, words};

/// One name.
#[derive(Debug)]
pub(super) struct Entry {
    /// The Indonesian words, as written.
    pub form: Vec<String>,
    /// The English name.
    pub en: &'static str,
    /// The English words in lower case, without those that any text has.
    pub en_words: Vec<String>,
    /// The acronym, where `form` is one that English keeps.
    pub short: Option<&'static str>,
    /// Whether it is a rendering of its own; the others only prove a name.
    pub is_term: bool,
    /// Whether that rendering is fixed: the form means nothing else.
    pub is_fixed: bool,
}

/// All names, by the first word of their form.
#[derive(Debug, Default)]
pub(super) struct Authority {
    by_first: HashMap<String, Vec<Entry>>,
    generic: HashSet<String>,
    indonesian: HashSet<String>,
}

/// The section of short forms that fix no rendering.
const AMBIGUOUS: &str = "ambiguous";

/// A line of the file.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum Line {
    Name(String),
    Short(String, String),
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is embedded, and a test reads it")]
    let sections = toml::from_str(include_str!("authority.toml")).expect("the authority file is valid");
    Authority::of(sections)
});

/// The names that are part of the program.
pub(super) fn authority() -> &'static Authority {
    &AUTHORITY
}

impl Authority {
    fn of(sections: BTreeMap<String, BTreeMap<String, Line>>) -> Self {
        let mut all = Self::default();
        for (section, lines) in sections {
            for (key, line) in lines {
                let key: &'static str = key.leak();
                match line {
                    Line::Name(en) => all.add(key, en.leak(), None, &section),
                    Line::Short(full, en) => {
                        let en: &'static str = en.leak();
                        all.add(key, en, is_kept(key, en, &section).then_some(key), &section);
                        all.add(&full, en, None, if section == AMBIGUOUS { "" } else { &section });
                    }
                }
            }
        }
        all
    }

    fn add(&mut self, form: &str, en: &'static str, short: Option<&'static str>, section: &str) {
        let is_term = !matches!(section, "word" | "adjective");
        let is_fixed = is_term && section != AMBIGUOUS;
        let is_generic = !matches!(section, "country" | "city" | "indonesia" | "adjective");
        let form: Vec<_> = words(form).into_iter().map(|word| word.text.to_owned()).collect();
        let mut en_words: Vec<_> =
            words(en).into_iter().map(|word| word.lower).filter(|word| !is_small(word)).collect();
        // `PDB` is the gross domestic product or the GDP.
        let initials: String =
            en_words.iter().flat_map(|word| word.split('-')).filter_map(|word| word.chars().next()).collect();
        if initials.len() >= 3 {
            en_words.extend([format!("{initials}s"), initials]);
        }
        // Words of places are names themselves; those of institutions, offices and laws are ordinary English.
        if is_generic {
            self.generic.extend(en_words.iter().cloned());
        }
        self.indonesian.extend(form.iter().map(|word| word.to_lowercase()));
        let Some(first) = form.first().cloned() else { return };
        self.by_first.entry(first).or_default().push(Entry { form, en, en_words, short, is_term, is_fixed });
    }

    /// The entries whose form stands at the head of `words`.
    pub fn at<'s>(&'s self, words: &[Word<'_>]) -> impl Iterator<Item = &'s Entry> {
        let first = words.first().map_or("", |word| word.text);
        let entries = self.by_first.get(first).map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<_> = words.iter().take(12).map(|word| word.text.to_owned()).collect();
        entries.iter().filter(move |entry| texts.starts_with(&entry.form))
    }

    /// Whether a word, in lower case, is one that English names are made of.
    pub fn is_generic(&self, word: &str) -> bool {
        self.generic.contains(word) || word.strip_suffix('s').is_some_and(|word| self.generic.contains(word))
    }

    /// Whether a word, in lower case, is part of an Indonesian name that has a rendering.
    pub fn is_indonesian(&self, word: &str) -> bool {
        self.indonesian.contains(word)
    }
}

/// Whether English keeps a short form: the acronym of an Indonesian institution, or one of the same letters in English.
fn is_kept(short: &str, en: &str, section: &str) -> bool {
    let is_acronym = !short.contains(' ') && short.chars().filter(|c| c.is_uppercase()).count() >= 2;
    let initials = en.split(' ').filter_map(|word| word.chars().next().filter(|c| c.is_uppercase()));
    let is_institution = matches!(section, "state" | "ministry" | "agency" | "police" | "military" | "party");
    // Crimes and papers that stand among the institutions are translated: their English is no name.
    let is_name = en.starts_with(char::is_uppercase);
    is_acronym && en != short && (is_institution && is_name || initials.eq(short.chars()))
}

fn is_small(word: &str) -> bool {
    matches!(word, "of" | "the" | "and" | "for" | "in" | "on" | "to" | "a" | "against" | "by" | "with")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_what_it_promises() {
        let terms = authority().by_first.values().flatten().filter(|entry| entry.is_fixed);
        let forms: HashSet<_> = terms.map(|entry| entry.form.join(" ")).collect();
        assert!(forms.len() >= 600, "{}", forms.len());
        assert!(forms.contains("KPK") && forms.contains("Komisi Pemberantasan Korupsi"));
    }

    #[test]
    fn acronyms_are_kept_where_english_news_keeps_them() {
        let kept = |short: &str| authority().by_first[short].iter().any(|entry| entry.short.is_some());
        for short in ["KPK", "BMKG", "TNI", "PDIP", "WHO"] {
            assert!(kept(short), "{short}");
        }
        for short in ["PBB", "AS", "TPPO", "Plt", "PT", "WNI"] {
            assert!(!kept(short), "{short}");
        }
    }

    #[test]
    fn every_rendering_is_clean_text() {
        for entry in authority().by_first.values().flatten() {
            assert!(!entry.en.is_empty() && entry.en.trim() == entry.en, "{entry:?}");
            assert!(!entry.form.is_empty(), "{entry:?}");
        }
    }
}
