//! The search of a site without a server: which word stands in which article, in small scripts that a page loads from
//! the disk when someone types.
//!
//! A browser refuses to fetch files for a page that was opened from the disk, but it loads scripts beside it; so each
//! file calls a function of the page with plain data. Words are split over files by their first two letters.
//!
//! Place in the data way: inside `site`.
//! It must never hold more of an article than its words' numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Entry, SitePage, from_home};

/// Articles whose titles stand in one file.
const TITLES: usize = 500;
/// A word in more than this share of at least so many articles says nothing; it matches all of them.
const COMMON: (usize, usize) = (2, 200);

/// Words and the articles that hold them.
#[derive(Debug, Default)]
pub struct Index {
    words: HashMap<Box<str>, Postings>,
    articles: u32,
}

/// Numbers of articles, each as its distance from the one before, written in base 36.
#[derive(Debug, Default)]
struct Postings {
    last: u32,
    count: u32,
    text: String,
}

impl Index {
    /// Adds the next article with its texts.
    pub fn add<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let words: BTreeSet<String> = texts.flat_map(words).collect();
        for word in words {
            let postings = self.words.entry(word.into_boxed_str()).or_default();
            if postings.count > 0 {
                postings.text.push(' ');
            }
            base36(self.articles - postings.last, &mut postings.text);
            (postings.last, postings.count) = (self.articles, postings.count + 1);
        }
        self.articles += 1;
    }

    /// The files of words that there are, such as `ka`.
    pub fn shards(&self) -> BTreeSet<String> {
        self.words.keys().map(|word| shard(word)).collect()
    }

    /// The scripts: `search/words-ka` with the words that begin with `ka`, `search/articles-0` with titles.
    pub fn files<'a>(&'a self, entries: &'a [Entry]) -> impl Iterator<Item = SitePage> + 'a {
        let mut shards: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
        for (word, postings) in &self.words {
            let (share, least) = COMMON;
            let is_common = self.articles as usize >= least && postings.count as usize * share > self.articles as usize;
            let numbers = if is_common { "*" } else { postings.text.as_str() };
            shards.entry(shard(word)).or_default().insert(word, numbers);
        }
        let words = shards
            .into_iter()
            .map(|(shard, words)| (format!("search/words-{shard}"), call("kabarWords", &(&shard, &words))));
        let titles = entries.chunks(TITLES).enumerate().map(|(n, chunk)| {
            let row = |entry: &Entry| {
                (
                    entry.title.clone(),
                    from_home(&entry.name),
                    entry.outlet.clone(),
                    entry.day.clone().unwrap_or_default(),
                )
            };
            (format!("search/articles-{n}"), call("kabarArticles", &(n, chunk.iter().map(row).collect::<Vec<_>>())))
        });
        words.chain(titles)
    }
}

/// A script that hands data to a function of the page. JSON is JavaScript (<https://tc39.es/proposal-json-superset/>).
fn call(function: &str, data: &impl serde::Serialize) -> String {
    #[expect(clippy::expect_used, reason = "strings, numbers and lists always serialise")]
    let data = serde_json::to_string(data).expect("serialise the search");
    format!("{function}(...{data});\n")
}

/// The words of a text in lower case: runs of letters and digits, at least two of them.
fn words(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|c: char| !c.is_alphanumeric());
    runs.filter(|word| word.chars().nth(1).is_some() && word.len() <= 64).map(str::to_lowercase)
}

/// The file that a word stands in: its first two characters, or `other` where they are no Latin letters or digits.
fn shard(word: &str) -> String {
    let start: String = word.chars().take(2).collect();
    if start.len() == 2 && start.bytes().all(|b| b.is_ascii_alphanumeric()) { start } else { "other".into() }
}

fn base36(mut number: u32, out: &mut String) {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(number % 36, 36));
        number /= 36;
        if number == 0 {
            break;
        }
    }
    out.extend(digits.iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(index: &Index) -> BTreeMap<String, String> {
        index.files(&[]).collect()
    }

    #[test]
    fn a_word_leads_to_its_articles_in_distances() {
        let mut index = Index::default();
        for n in 0..100 {
            index.add([if n % 37 == 2 { "Banjir di Demak, 12.000 warga" } else { "Kabar" }].into_iter());
        }
        let files = files(&index);
        assert!(files["search/words-ba"].contains("\"banjir\":\"2 11 11\""), "{}", files["search/words-ba"]);
        assert!(
            files["search/words-00"].contains("\"000\"")
                && files["search/words-de"].starts_with("kabarWords(...[\"de\",")
        );
    }

    #[test]
    fn a_word_of_nearly_all_articles_matches_all() {
        let mut index = Index::default();
        (0..300).for_each(|n| index.add(["yang", if n == 7 { "jarang" } else { "" }].into_iter()));
        assert!(files(&index)["search/words-ya"].contains("\"yang\":\"*\""));
        assert!(files(&index)["search/words-ja"].contains("\"jarang\":\"7\""));
    }

    #[test]
    fn text_of_an_article_cannot_leave_its_string() {
        let mut entry = Entry::of("a", &crate::stage::brief::test_record("\"]);alert(1);//\u{2028}", &[]), &[]);
        entry.outlet = "</script>\\".into();
        let index = Index::default();
        let script = index.files(std::slice::from_ref(&entry)).next().unwrap().1;
        let data = script.trim_end().strip_prefix("kabarArticles(...").unwrap().strip_suffix(");").unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(data).is_ok(), "{script}");
    }
}
