//! What dialects of plain translation services share: arrays of texts in, arrays of texts out.
//!
//! Place in the data way: `libretranslate` and its like use it; language models have [`super::llm`].
//! It must never pair a text with another text's translation: a count that differs is an error.

use crate::backend::error::{ErrorKind, Fault};
use crate::model::reply::{Finish, NumberedEnglish, Reply, ReplyBody, Usage};
use crate::model::request::{Payload, Request, Translate};

/// The translation that is asked for.
///
/// # Errors
/// `Unsupported` for anything but a translation.
pub fn asked(request: &Request) -> Result<&Translate, Fault> {
    match &request.payload {
        Payload::Translate(translate) => Ok(translate),
        Payload::Summarise(_) | Payload::Brief(_) => Err(Fault::new(
            ErrorKind::Unsupported,
            "a translation service cannot summarise; name a language model for that",
        )),
    }
}

/// The texts, in order.
pub fn of(asked: &Translate) -> Vec<&str> {
    asked.segments.iter().map(|segment| segment.text.as_str()).collect()
}

/// Pairs the answered texts with the asked segments by their order. `billed` is the vendor's own count of characters.
///
/// # Errors
/// `BadReply` where the counts differ.
pub fn reply(asked: &Translate, answered: Vec<String>, billed: Option<u64>) -> Result<Reply, Fault> {
    if answered.len() != asked.segments.len() {
        let (got, sent) = (answered.len(), asked.segments.len());
        return Err(Fault::bad_reply(format!("{sent} texts were sent and {got} came back")));
    }
    let numbered = asked.segments.iter().zip(answered).map(|(segment, en)| NumberedEnglish { n: segment.n, en });
    let counted = || asked.segments.iter().map(|segment| segment.text.chars().count() as u64).sum();
    Ok(Reply {
        body: ReplyBody::Segments(numbered.collect()),
        finish: Finish::Complete,
        usage: Usage { characters: billed.unwrap_or_else(counted), ..Usage::default() },
    })
}
