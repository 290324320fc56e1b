//! Stubs: the first lines of an article that stands behind a paywall.
//!
//! Place in the data way: `plan` asks, to warn when an outlet sends nothing else. Stubs are translated like all articles.
//! It must never take a whole article for a stub because it offers a subscription somewhere.

use crate::model::article::Article;

/// A stub has no more story text than this, in characters.
const LONGEST: usize = 900;

/// What outlets write where the text breaks off, in lower case.
const MARKS: [&str; 9] = [
    "berlangganan untuk membaca",
    "untuk melanjutkan membaca",
    "lanjutkan membaca dengan berlangganan",
    "baca selengkapnya dengan berlangganan",
    "khusus untuk pelanggan",
    "khusus pelanggan",
    "artikel ini hanya untuk pelanggan",
    "konten premium",
    "silakan masuk atau daftar untuk membaca",
];

/// Whether an article is a stub.
pub fn is_stub(article: &Article) -> bool {
    let story = article.paragraphs().filter(|p| p.kind.is_story() && p.skipped.is_none());
    let characters: usize = story.map(|p| p.text.chars().count()).sum();
    let is_marked = |text: &str| {
        let text = text.to_lowercase();
        MARKS.iter().any(|mark| text.contains(mark))
    };
    characters <= LONGEST && article.paragraphs().any(|p| is_marked(&p.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{Paragraph, ParagraphKind, Section, Source, Span};

    fn article(texts: &[&str]) -> Article {
        let paragraph = |(n, text): (u32, &&str)| Paragraph {
            n,
            kind: ParagraphKind::Text,
            span: Span(0, 0),
            text: (*text).into(),
            skipped: None,
        };
        let paragraphs = (1..).zip(texts).map(paragraph).collect();
        Article { source: Source::default(), title: None, sections: vec![Section { n: 1, heading: None, paragraphs }] }
    }

    #[test]
    fn a_short_text_that_breaks_off_with_an_offer_is_a_stub() {
        let lead = "Harga beras naik lagi pekan ini di sejumlah pasar tradisional.";
        assert!(is_stub(&article(&[lead, "Berlangganan untuk membaca artikel ini secara lengkap."])));
        assert!(!is_stub(&article(&[lead])));
    }

    #[test]
    fn a_whole_article_that_offers_a_subscription_is_none() {
        let long = "Harga beras naik lagi pekan ini di sejumlah pasar tradisional. ".repeat(20);
        assert!(!is_stub(&article(&[&long, "Berlangganan untuk membaca artikel lain."])));
    }
}
