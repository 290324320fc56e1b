#![no_main]
//! Sentences and segments: in order, whole characters, and joined they are the text.

use kabar::model::article::{Article, Paragraph, ParagraphKind, Section, Source, Span};
use kabar::model::backend::Limits;
use kabar::stage::section::{segments, sentences, sentences_en};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (longest, text) = input;
    for ranges in [sentences(text), sentences_en(text)] {
        let mut end = 0;
        for range in ranges {
            assert!(text[end..range.start].trim().is_empty());
            end = range.end;
        }
        assert!(text[end..].trim().is_empty());
    }
    let paragraph =
        Paragraph { n: 1, kind: ParagraphKind::Text, span: Span(0, text.len()), text: text.into(), skipped: None };
    let section = Section { n: 1, heading: None, paragraphs: vec![paragraph] };
    let article = Article { source: Source::default(), title: None, sections: vec![section] };
    let limits = Limits {
        segments: None,
        characters: None,
        bytes: None,
        tokens: None,
        segment_characters: usize::from(longest) + 1,
    };
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let joined: String = segments(&article, &limits, false)
        .into_iter()
        .flat_map(|list| list.segments)
        .map(|segment| segment.text)
        .collect();
    assert_eq!(bare(&joined), bare(text));
});
