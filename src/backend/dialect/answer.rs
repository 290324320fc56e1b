//! Reads what a language model wrote: strips reasoning and fences, finds the JSON object, mends or salvages it.
//!
//! Place in the data way: dialects hand over the answer's text and get a typed body; `check` judges its words.
//! It must never invent a segment: one that was cut off is left out, so that it is asked for again.

mod mend;

use serde_json::{Map, Value};

use crate::backend::error::{ErrorKind, Fault, excerpt};
use crate::model::reply::{BriefItem, Finish, NumberedEnglish, ReplyBody, SectionSummary, Summary};
use crate::model::request::Payload;

/// Reads the answer to `payload`. The finish is `Length` also where the text shows that it was cut off.
///
/// # Errors
/// `Refused` for a plain refusal, `BadReply` where no answer can be found.
pub fn read(payload: &Payload, text: &str, finish: Finish) -> Result<(ReplyBody, Finish), Fault> {
    let shape = Shape::of(payload);
    if let Some(object) = whole(text, shape) {
        return Ok((body(shape, &object), finish));
    }
    let (visible, is_reasoning) = without_reasoning(text);
    if is_reasoning {
        return in_reasoning(payload, &visible, finish);
    }
    let bare = without_fences(visible.trim());
    if let Some(object) = first_object(bare, shape).or_else(|| mended(bare, shape)) {
        return Ok((body(shape, &object), finish));
    }
    if shape == Shape::Segments {
        let segments = complete_segments(bare);
        if !segments.is_empty() {
            return Ok((ReplyBody::Segments(segments), Finish::Length));
        }
    }
    Err(unreadable(text, bare, finish))
}

/// Reads an answer that stands in reasoning which never ended. What comes first there is a draft: the last object is the
/// answer, where it stands whole. Reasoning that was cut off holds none.
///
/// # Errors
/// As for [`read`].
pub fn in_reasoning(payload: &Payload, text: &str, finish: Finish) -> Result<(ReplyBody, Finish), Fault> {
    let shape = Shape::of(payload);
    let found = if finish == Finish::Length { None } else { last_object(text, shape) };
    found.map(|object| (body(shape, &object), finish)).ok_or_else(|| unreadable(text, text.trim(), finish))
}

fn unreadable(text: &str, bare: &str, finish: Finish) -> Fault {
    if is_refusal(bare) {
        return Fault::new(ErrorKind::Refused, format!("the model refused: {}", excerpt(bare)));
    }
    if finish == Finish::Length {
        return Fault::bad_reply("the output limit was used up before a usable answer; raise `max_output_tokens`");
    }
    if text.trim().is_empty() {
        return Fault::bad_reply("the answer is empty");
    }
    Fault::bad_reply(format!("no JSON object with an answer in: {}", excerpt(bare)))
}

/// Which object is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Segments,
    Summary,
    Items,
}

impl Shape {
    fn of(payload: &Payload) -> Self {
        match payload {
            Payload::Translate(_) => Self::Segments,
            Payload::Summarise(_) => Self::Summary,
            Payload::Brief(_) => Self::Items,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Segments => "segments",
            Self::Summary => "summary",
            Self::Items => "items",
        }
    }

    /// The object if it answers: an echo of the request, or an empty list, does not, and the summary of one section is not
    /// that of the article. A bare list is taken for the object, a list that was written as a text for the list.
    fn accept(self, value: Value) -> Option<Map<String, Value>> {
        let object = match value {
            Value::Object(object) => with_lists(object),
            list @ Value::Array(_) => Map::from_iter([(self.key().to_owned(), list)]),
            _ => return None,
        };
        let found = object.get(self.key())?;
        let answers = |usable: fn(&Value) -> bool| found.as_array().is_some_and(|list| list.iter().any(usable));
        let accepted = match self {
            Self::Segments => answers(|value| segment(value).is_some()),
            Self::Items => answers(|value| item(value).is_some()),
            Self::Summary => {
                found.as_str().is_some_and(|summary| !summary.trim().is_empty()) && !object.contains_key("n")
            }
        };
        accepted.then_some(object)
    }
}

/// The object with those lists read that stand in it as texts: some models write a tool's list so.
fn with_lists(mut object: Map<String, Value>) -> Map<String, Value> {
    for key in ["segments", "items", "sections", "points"] {
        let text = object.get(key).and_then(Value::as_str);
        if let Some(list @ Value::Array(_)) = text.and_then(|text| serde_json::from_str(text).ok()) {
            object.insert(key.to_owned(), list);
        }
    }
    object
}

fn whole(text: &str, shape: Shape) -> Option<Map<String, Value>> {
    serde_json::from_str(text.trim()).ok().and_then(|value| shape.accept(value))
}

const REASONING: [(&str, &str); 3] =
    [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")];

/// Drops reasoning blocks. A closing tag alone ends a block that began with the text; an opening tag alone, before any
/// JSON, opens one that may still hold the answer: then what follows it comes back, and that it is reasoning.
fn without_reasoning(text: &str) -> (String, bool) {
    let mut rest = text.to_owned();
    for (open, close) in REASONING {
        while let Some(end) = rest.find(close) {
            let start = rest.find(open).filter(|start| *start < end).unwrap_or(0);
            rest.replace_range(start..end + close.len(), "");
        }
    }
    let before = rest.find(['{', '[']).unwrap_or(rest.len());
    let opened = REASONING.iter().filter_map(|(open, _)| Some((rest.find(open)?, open.len()))).min();
    match opened.filter(|(at, _)| *at < before) {
        Some((at, length)) => (rest.split_off(at + length), true),
        None => (rest, false),
    }
}

/// The inside of the first code fence, or the text itself.
fn without_fences(text: &str) -> &str {
    let Some((_, after)) = text.split_once("```") else { return text };
    let inside =
        after.split_once('\n').map_or(after, |(tag, body)| if tag.contains(['{', '[']) { after } else { body });
    inside.rsplit_once("```").map_or(inside, |(inside, _)| inside).trim()
}

/// The first value in the text that parses and has the expected shape.
fn first_object(text: &str, shape: Shape) -> Option<Map<String, Value>> {
    starts(text).find_map(|at| {
        let rest = text.get(at..)?;
        let value = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok()?;
        shape.accept(value)
    })
}

/// The last value in the text that parses and has the expected shape; none where another one was begun after it, which
/// cannot be read: what is left then is a draft.
fn last_object(text: &str, shape: Shape) -> Option<Map<String, Value>> {
    let starts: Vec<usize> = text.match_indices(['{', '[']).map(|(at, _)| at).collect();
    let (mut last, mut end) = (None, 0);
    for at in starts.iter().copied().skip(starts.len().saturating_sub(STARTS)) {
        let Some(rest) = text.get(at..).filter(|_| at >= end) else { continue };
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        if let Some(object) = values.next().and_then(Result::ok).and_then(|value| shape.accept(value)) {
            (last, end) = (Some(object), at + values.byte_offset());
        }
    }
    let after = text.get(end..).unwrap_or_default();
    let begun = ['"', '\''].iter().any(|quote| after.contains(&format!("{quote}{}{quote}", shape.key())));
    last.filter(|_| !begun)
}

/// Most places where an object may start that are tried, so that garbage costs little.
const STARTS: usize = 500;

fn starts(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices(['{', '[']).map(|(at, _)| at).take(STARTS)
}

/// Almost-JSON, mended. Only tried on text that ends like JSON: mending a cut-off text would close a half segment.
fn mended(text: &str, shape: Shape) -> Option<Map<String, Value>> {
    let start = text.find(['{', '['])?;
    let end = text.rfind(['}', ']'])?;
    if !text.get(end + 1..)?.trim().is_empty() {
        return None;
    }
    mend::mended(text.get(start..=end)?).and_then(|value| shape.accept(value))
}

/// The segments that stand complete in a text that was cut off.
fn complete_segments(text: &str) -> Vec<NumberedEnglish> {
    let Some(list) = text.find('[').and_then(|at| text.get(at + 1..)) else { return Vec::new() };
    let mut found = Vec::new();
    let mut rest = list;
    while let Some(value) = rest.find('{').and_then(|at| rest.get(at..)) {
        let mut stream = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        let Some(Ok(item)) = stream.next() else { break };
        found.extend(segment(&item));
        rest = value.get(stream.byte_offset()..).unwrap_or_default();
    }
    found
}

fn body(shape: Shape, object: &Map<String, Value>) -> ReplyBody {
    let list = |key: &str| object.get(key).and_then(Value::as_array).into_iter().flatten();
    match shape {
        Shape::Segments => ReplyBody::Segments(list("segments").filter_map(segment).collect()),
        Shape::Items => ReplyBody::Brief(list("items").filter_map(item).collect()),
        Shape::Summary => ReplyBody::Summary(Summary {
            summary: object.get("summary").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
            points: list("points").filter_map(Value::as_str).map(str::to_owned).collect(),
            sections: list("sections").filter_map(section).collect(),
        }),
    }
}

fn segment(value: &Value) -> Option<NumberedEnglish> {
    let en = ["en", "translation"].iter().find_map(|key| value.get(key)?.as_str())?;
    Some(NumberedEnglish { n: number(value.get("n")?)?, en: en.to_owned() })
}

fn section(value: &Value) -> Option<SectionSummary> {
    let summary = value.get("summary")?.as_str()?.to_owned();
    Some(SectionSummary { n: number(value.get("n")?)?, summary })
}

fn item(value: &Value) -> Option<BriefItem> {
    let text = value.get("text")?.as_str()?.to_owned();
    let cites = value.get("cites").and_then(Value::as_array).into_iter().flatten();
    Some(BriefItem { text, cites: cites.filter_map(Value::as_str).map(str::to_owned).collect() })
}

/// A number, also where the model wrote it as text or with a fraction.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number in range")]
fn number(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => {
            let number = number.as_f64()?;
            (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
        }
        _ => None,
    }
}

/// How refusals begin, in lower case. Only short answers without JSON are compared.
const REFUSALS: [&str; 14] = [
    "i'm sorry, but",
    "i'm sorry, i can",
    "i am sorry, but",
    "i'm sorry. i can",
    "sorry, but i can",
    "sorry, i can",
    "i can't ",
    "i cannot ",
    "i can not ",
    "i'm unable to",
    "i am unable to",
    "i won't ",
    "as an ai",
    "maaf, saya tidak",
];

fn is_refusal(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(60).collect::<String>().to_lowercase().replace('’', "'");
    text.len() < 800 && REFUSALS.iter().any(|refusal| start.starts_with(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::{Brief, Summarise, Translate};

    fn segments(text: &str, finish: Finish) -> Result<(Vec<(u32, String)>, Finish), Fault> {
        match read(&Payload::Translate(Translate::default()), text, finish)? {
            (ReplyBody::Segments(list), finish) => Ok((list.into_iter().map(|s| (s.n, s.en)).collect(), finish)),
            other => panic!("not segments: {other:?}"),
        }
    }

    fn complete(text: &str) -> Vec<(u32, String)> {
        let (list, finish) = segments(text, Finish::Complete).unwrap();
        assert_eq!(finish, Finish::Complete);
        list
    }

    const PLAIN: &str = r#"{"segments":[{"n":1,"en":"One."},{"n":2,"en":"Two."}]}"#;

    fn one_two() -> Vec<(u32, String)> {
        vec![(1, "One.".into()), (2, "Two.".into())]
    }

    #[test]
    fn wrappings_around_the_object_are_stripped() {
        for text in [
            PLAIN.to_owned(),
            format!("```json\n{PLAIN}\n```"),
            format!("Here is the translation:\n\n```\n{PLAIN}\n```\nI hope this helps!"),
            format!("<think>The user wants {{\"segments\":[]}} hmm.</think>\n{PLAIN}"),
            format!("the user wants a translation\n</think>\n\n{PLAIN}"),
            format!("<think>I should answer now.\n{PLAIN}"),
            format!("{PLAIN}\n\nNote: {{this}} is final."),
            format!("You asked: {{\"segments\":[{{\"n\":1,\"text\":\"Satu.\"}}]}}\n{PLAIN}"),
        ] {
            assert_eq!(complete(&text), one_two(), "{text}");
        }
    }

    #[test]
    fn almost_json_is_mended() {
        for text in [
            r#"{"segments":[{"n":1,"en":"One."},{"n":2,"en":"Two."},]}"#,
            "{'segments':[{'n':1,'en':'One.'},{'n':2,'en':'Two.'}]}",
            r#"{"segments":[{"n":"1","en":"One."},{"n":2.0,"en":"Two."}]}"#,
            r#"[{"n":1,"en":"One."},{"n":2,"en":"Two."}]"#,
            r#"{"segments":[{"n":1,"translation":"One."},{"n":2,"en":"Two."}]}"#,
        ] {
            assert_eq!(complete(text), one_two(), "{text}");
        }
        assert_eq!(complete("{\"segments\":[{\"n\":1,\"en\":\"One\nline.\"}]}"), vec![(1, "One\nline.".into())]);
    }

    #[test]
    fn only_what_stands_whole_before_an_answer_that_cannot_be_mended_counts() {
        let text = r#"{"segments":[{"n":1,"en":"One."},{"n":2,"en":"They sang "A", "B"."},{"n":3,"en":"Three."}]}"#;
        assert_eq!(segments(text, Finish::Complete).unwrap(), (vec![(1, "One.".into())], Finish::Length));
    }

    #[test]
    fn the_summary_of_a_section_is_not_that_of_the_article() {
        let read = |text: &str| read(&Payload::Summarise(Summarise::default()), text, Finish::Complete);
        let text = r#"{"summary":"It rained.","points":["Rain.",],"sections":[{"n":1,"summary":"Wet."}]}"#;
        let Ok((ReplyBody::Summary(found), _)) = read(text) else { panic!("no summary") };
        assert_eq!((found.summary.as_str(), found.sections.len()), ("It rained.", 1));
        assert!(read(&text.replace("It rained", "It \"A\", \"B\"")).is_err());
    }

    /// A draft, and what the model made of it.
    fn thought() -> String {
        let draft = PLAIN.replace("Two.", "Tow.").replace("One.", "Won.");
        format!("First draft: {draft} Hmm, {{n}} is wrong. Better would be this: {PLAIN} That is [done].")
    }

    #[test]
    fn the_last_object_of_reasoning_is_the_answer_and_a_draft_is_none() {
        let payload = Payload::Translate(Translate::default());
        let read = |text: &str, finish| in_reasoning(&payload, text, finish).is_ok();
        assert_eq!(complete(&format!("<think>{}", thought())), one_two());
        let list = one_two().into_iter().map(|(n, en)| NumberedEnglish { n, en }).collect();
        assert_eq!(in_reasoning(&payload, &thought(), Finish::Complete).unwrap().0, ReplyBody::Segments(list));
        let cut = thought().replace("\"Two.\"}]}", "\"Tw");
        assert!(!read(&cut, Finish::Complete), "only the draft is whole");
        assert!(
            !read(&thought(), Finish::Length) && segments(&format!("<think>{}", thought()), Finish::Length).is_err()
        );
        assert!(!read(&thought().replace("\"Two.\"", "\"Two \"quoted\".\""), Finish::Complete));
    }

    #[test]
    fn a_list_that_was_written_as_a_text_is_the_list() {
        let text = serde_json::json!({ "segments": r#"[{"n":1,"en":"One."},{"n":2,"en":"Two."}]"# }).to_string();
        assert_eq!(complete(&text), one_two());
        assert!(segments(r#"{"segments":"[1, 2"}"#, Finish::Complete).is_err());
    }

    #[test]
    fn think_tags_inside_a_translation_stay() {
        let text = "Here it is: {\"segments\":[{\"n\":1,\"en\":\"The tag <think> begins it.\"}]}";
        assert_eq!(complete(text), vec![(1, "The tag <think> begins it.".into())]);
        let text = r#"{"segments":[{"n":1,"en":"The tag </think> ends it."}]}"#;
        assert_eq!(complete(text), vec![(1, "The tag </think> ends it.".into())]);
    }

    #[test]
    fn only_whole_segments_of_a_cut_off_answer_count() {
        let cut = r#"{"segments":[{"n":1,"en":"One."},{"n":2,"en":"Two."},{"n":3,"en":"Three is cu"#;
        assert_eq!(segments(cut, Finish::Complete).unwrap(), (one_two(), Finish::Length));
        assert_eq!(segments(cut, Finish::Length).unwrap(), (one_two(), Finish::Length));
        assert_eq!(segments(r#"{"segments":[{"n":1,"en":"On"#, Finish::Length).unwrap_err().kind, ErrorKind::BadReply);
    }

    #[test]
    fn doubled_segments_are_kept_for_the_check() {
        let text = r#"{"segments":[{"n":1,"en":"One."},{"n":1,"en":"Uno."}]}"#;
        assert_eq!(complete(text), vec![(1, "One.".into()), (1, "Uno.".into())]);
    }

    #[test]
    fn refusals_and_garbage_are_told_apart() {
        let kind = |text| segments(text, Finish::Complete).unwrap_err().kind;
        assert_eq!(kind("I’m sorry, but I can't help with that."), ErrorKind::Refused);
        assert_eq!(kind("Maaf, saya tidak dapat membantu."), ErrorKind::Refused);
        assert_eq!(kind("The minister said on Monday"), ErrorKind::BadReply);
        assert_eq!(kind(""), ErrorKind::BadReply);
        assert_eq!(kind("{{{{[[[["), ErrorKind::BadReply);
    }

    #[test]
    fn summaries_and_briefings_are_read() {
        let text = r#"{"summary":" It rained. ","points":["Rain."],"sections":[{"n":"1","summary":"Wet."}]}"#;
        let (body, _) = read(&Payload::Summarise(Summarise::default()), text, Finish::Complete).unwrap();
        let section = SectionSummary { n: 1, summary: "Wet.".into() };
        let expected = Summary { summary: "It rained.".into(), points: vec!["Rain.".into()], sections: vec![section] };
        assert_eq!(body, ReplyBody::Summary(expected));
        let text = r#"{"items":[{"text":"Rain.","cites":["a1¶2"]}]}"#;
        let (body, _) = read(&Payload::Brief(Brief::default()), text, Finish::Complete).unwrap();
        assert_eq!(body, ReplyBody::Brief(vec![BriefItem { text: "Rain.".into(), cites: vec!["a1¶2".into()] }]));
    }

    #[test]
    fn an_empty_summary_is_no_answer() {
        let error = read(&Payload::Summarise(Summarise::default()), r#"{"summary":""}"#, Finish::Complete).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadReply);
    }
}
