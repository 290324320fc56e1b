//! Units are packed to what each dialect says that a request may hold, and nothing is cut that need not be.

use kabar::backend::dialect;
use kabar::model::article::Article;
use kabar::model::backend::Limits;
use kabar::model::segment::Segment;
use kabar::model::tokens::estimate_tokens;
use kabar::stage::clean::{Rules, clean};
use kabar::stage::read::{Format, parse_text};
use kabar::stage::section::{pack, section, segments, sentences};
use proptest::prelude::*;

use crate::support::speakers::speakers;

/// The limits of every dialect.
fn declared() -> Vec<(&'static str, Limits)> {
    let limits = |name: &'static str, options: &str| {
        let options = toml::from_str(&format!("url = \"http://127.0.0.1:1\"\n{options}")).unwrap();
        (name, dialect::make(name, &options).unwrap().limits())
    };
    speakers().iter().map(|speaker| limits(speaker.dialect, speaker.options)).collect()
}

/// Limits that are tight, so that small texts meet them.
fn tight() -> impl Strategy<Value = Limits> {
    let limit = |range: std::ops::Range<usize>| prop::option::of(range);
    (limit(1..6), limit(80..900), limit(80..900), limit(20..300), 40usize..300).prop_map(
        |(segments, characters, bytes, tokens, segment_characters)| Limits {
            segments,
            characters,
            bytes,
            tokens,
            segment_characters,
        },
    )
}

fn article() -> impl Strategy<Value = Article> {
    let sentence = prop_oneof![
        9 => "[A-Z][a-zé]{2,9}( [a-z]{2,9}){2,16}[.?!]",
        1 => "[A-Z][a-z]{2,9}(,? [a-z]{2,9}){60,90}[.]",
    ];
    let paragraph = prop::collection::vec(sentence, 1..12).prop_map(|sentences| sentences.join(" "));
    prop::collection::vec(paragraph, 1..12).prop_map(|paragraphs| {
        let mut document = parse_text(&paragraphs.join("\n\n"), Format::Text).unwrap();
        clean(&mut document, &Rules::builtin());
        section(document)
    })
}

fn bare(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Where pieces end, counted in signs that are not white space.
fn ends<'a>(pieces: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let counted = pieces.scan(0, |end, piece| {
        *end += bare(piece);
        Some(*end)
    });
    counted.collect()
}

fn fits(lot: &[Segment], limits: &Limits) -> bool {
    let sum = |count: fn(&str) -> usize| lot.iter().map(|segment| count(&segment.text)).sum::<usize>();
    let tokens = |text: &str| usize::try_from(estimate_tokens(text)).unwrap();
    let within = |held: usize, limit: Option<usize>| limit.is_none_or(|limit| held <= limit);
    within(lot.len(), limits.segments)
        && within(sum(|text| text.chars().count()), limits.characters)
        && within(sum(str::len), limits.bytes)
        && within(sum(tokens), limits.tokens)
}

/// Says what is wrong with the segments and lots that these limits make of an article.
fn judge(article: &Article, limits: &Limits) -> Result<(), String> {
    for part in segments(article, limits, false) {
        let lots = pack(part.segments.clone(), limits);
        if lots.concat() != part.segments {
            return Err("segments are lost, doubled or out of order".into());
        }
        if let Some(lot) = lots.iter().find(|lot| lot.len() > 1 && !fits(lot, limits)) {
            return Err(format!("a request holds too much: {lot:?}"));
        }
        let paragraphs =
            article.paragraphs().filter(|paragraph| part.segments.iter().any(|s| s.id.paragraph == paragraph.n));
        for paragraph in paragraphs {
            let own = part.segments.iter().filter(|segment| segment.id.paragraph == paragraph.n);
            let own: Vec<&str> = own.map(|segment| segment.text.as_str()).collect();
            cut_at_sentences(&paragraph.text, &own, limits.segment_characters)?;
        }
    }
    Ok(())
}

/// Whole sentences wherever they fit; what is longer is cut behind a clause or a word, and nothing is lost.
fn cut_at_sentences(text: &str, segments: &[&str], longest: usize) -> Result<(), String> {
    if bare(&segments.concat()) != bare(text) {
        return Err(format!("{text:?} became {segments:?}"));
    }
    let too_long = |piece: &str| piece.chars().count() > longest;
    if let Some(long) = segments.iter().find(|segment| too_long(segment) && segment.contains(char::is_whitespace)) {
        return Err(format!("longer than {longest}: {long:?}"));
    }
    let words = ends(text.split_whitespace());
    let whole: Vec<&str> = sentences(text).into_iter().filter_map(|range| text.get(range)).collect();
    let sentence_ends = ends(whole.iter().copied());
    // The inside of a sentence that no segment holds may be cut, at a word.
    let inside = |end: usize| {
        let at = sentence_ends.iter().position(|sentence| *sentence >= end);
        at.and_then(|at| whole.get(at)).is_some_and(|sentence| too_long(sentence)) && words.contains(&end)
    };
    match ends(segments.iter().copied()).into_iter().find(|end| !sentence_ends.contains(end) && !inside(*end)) {
        Some(end) => Err(format!("cut after {end} signs, inside a sentence that fits: {segments:?}")),
        None => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_hold_what_every_dialect_allows_and_only_sentences_that_no_request_holds_are_cut(
        article in article(), tight in tight(),
    ) {
        for (name, limits) in declared().into_iter().chain([("tight limits", tight)]) {
            prop_assert_eq!(judge(&article, &limits), Ok(()), "{}", name);
        }
    }
}

#[test]
fn every_dialect_says_how_many_texts_and_how_much_of_them_a_request_may_hold() {
    for (name, limits) in declared() {
        assert!(limits.segments.is_some(), "{name}");
        assert!(limits.characters.or(limits.bytes).or(limits.tokens).is_some(), "{name}");
        assert!(limits.segment_characters > 0, "{name}");
    }
}
