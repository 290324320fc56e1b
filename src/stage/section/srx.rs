//! Reads rules in SRX 2.0, the standard format for sentence breaks, and compiles them.
//!
//! Place in the data way: the data behind `sentence`. Format: <https://www.gala-global.org/srx-20-april-7-2008>.
//! It must never be run on files from outside without a limit: it is meant for the embedded rules.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use regex::{Regex, RegexSet};

use crate::stage::xml::resolved;

/// One rule as the file spells it.
#[derive(Debug, Default)]
struct Spec {
    breaks: bool,
    before: String,
    after: String,
}

/// The rules of one language, compiled.
///
/// At every place that a breaking rule proposes, the first rule of the file that fits decides, as the standard says;
/// places that only non-breaking rules fit need no look.
#[derive(Debug)]
pub struct Segmenter {
    rules: Vec<Rule>,
    /// What stands before a place that a breaking rule proposes, for each such rule.
    candidates: Vec<Regex>,
    /// All `beforebreak` patterns, each anchored at the place.
    befores: RegexSet,
}

#[derive(Debug)]
struct Rule {
    breaks: bool,
    after: Regex,
}

/// Bytes before a place that rules may look at; no abbreviation is longer.
const BEHIND: usize = 64;
/// Bytes behind a place that rules may look at.
const AHEAD: usize = 64;

impl Segmenter {
    /// The rules for `language` in an SRX file.
    ///
    /// # Errors
    /// Where the file is not well-formed, has no such language, or a pattern in it is not valid.
    pub fn new(srx: &str, language: &str) -> Result<Self, String> {
        let specs = read(srx, language)?;
        if specs.is_empty() {
            return Err(format!("has no rules for {language}"));
        }
        let compile = |pattern: String| Regex::new(&pattern).map_err(|error| error.to_string());
        let breaking = specs.iter().filter(|spec| spec.breaks);
        let candidates = breaking.map(|spec| compile(spec.before.clone())).collect::<Result<_, _>>()?;
        let befores = RegexSet::new(specs.iter().map(|spec| format!("(?:{})\\z", spec.before)));
        let befores = befores.map_err(|error| error.to_string())?;
        let rule =
            |spec: &Spec| compile(format!("\\A(?:{})", spec.after)).map(|after| Rule { breaks: spec.breaks, after });
        let rules = specs.iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Self { rules, candidates, befores })
    }

    /// The places to break at, in bytes, without 0 and the end.
    pub fn breaks(&self, text: &str) -> Vec<usize> {
        let ends = self.candidates.iter().flat_map(|candidate| candidate.find_iter(text)).map(|found| found.end());
        let mut places: Vec<usize> = ends.filter(|place| (1..text.len()).contains(place)).collect();
        places.sort_unstable();
        places.dedup();
        places.retain(|place| self.breaks_at(text, *place));
        places
    }

    fn breaks_at(&self, text: &str, place: usize) -> bool {
        let behind = text.get(text.ceil_char_boundary(place.saturating_sub(BEHIND))..place).unwrap_or_default();
        let ahead = text.get(place..text.floor_char_boundary(place + AHEAD)).unwrap_or_default();
        let fitting = self.befores.matches(behind);
        let mut rules = fitting.into_iter().filter_map(|at| self.rules.get(at));
        rules.find(|rule| rule.after.is_match(ahead)).is_some_and(|rule| rule.breaks)
    }
}

/// The rules of the language named `language`, in the order of the file.
fn read(srx: &str, language: &str) -> Result<Vec<Spec>, String> {
    let mut reader = Reader::from_str(srx);
    let (mut specs, mut within, mut text) = (Vec::new(), false, String::new());
    let mut spec = Spec::default();
    loop {
        let event = reader.read_event().map_err(|error| format!("is not well-formed: {error}"))?;
        match event {
            Event::Eof => return Ok(specs),
            Event::Start(start) => {
                let value = |name: &str| {
                    let found = start.try_get_attribute(name).ok().flatten();
                    found
                        .and_then(|attribute| attribute.normalized_value(XmlVersion::Explicit1_0).ok())
                        .unwrap_or_default()
                        .into_owned()
                };
                match start.local_name().as_ref() {
                    "languagerule" => within = value("languagerulename") == language,
                    "rule" => spec = Spec { breaks: value("break") != "no", ..Spec::default() },
                    _ => {}
                }
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.push_str(&resolved(&name).unwrap_or_default()),
            Event::End(end) => match end.local_name().as_ref() {
                "beforebreak" => spec.before = std::mem::take(&mut text),
                "afterbreak" => spec.after = std::mem::take(&mut text),
                "rule" if within => specs.push(std::mem::take(&mut spec)),
                "languagerule" => within = false,
                _ => {}
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SRX: &str = r#"<srx><body><languagerules><languagerule languagerulename="X">
        <rule break="no"><beforebreak>\bdr\.</beforebreak><afterbreak>\s</afterbreak></rule>
        <rule break="yes"><beforebreak>[.&#33;]</beforebreak><afterbreak>\s</afterbreak></rule>
        </languagerule></languagerules></body></srx>"#;

    #[test]
    fn the_first_rule_that_fits_decides() {
        let segmenter = Segmenter::new(SRX, "X").unwrap();
        assert_eq!(segmenter.breaks("dr. Budi pergi. Ia pulang! Ya."), [15, 26]);
    }

    #[test]
    fn a_language_without_rules_is_an_error() {
        assert!(Segmenter::new(SRX, "Y").is_err());
        assert!(Segmenter::new("<srx><a></srx>", "X").is_err());
    }
}
