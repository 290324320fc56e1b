//! `kabar model`: looks at a model of the offline engine, tries it on lines of text, or adds one.
//!
//! Place in the data way: none; it calls the engine as a backend, past memory and checks.
//! It must never store what it translates.

mod add;

use std::io::BufRead as _;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Desk;
use crate::backend::offline::{BUILTIN, Model, Offline};
use crate::backend::{Backend, BackendOptions};
use crate::cli::{ModelArgs, ModelCommand};
use crate::commands::compose::INDONESIAN;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::reply::ReplyBody;
use crate::model::request::{NumberedText, Payload, Request, Translate};

/// Lines in a request, and requests at a time.
const LINES: usize = 64;
const REQUESTS: usize = 8;

/// Runs `kabar model`.
pub(super) fn run(command: &ModelCommand, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    match command {
        ModelCommand::Info(args) => info(args, desk),
        ModelCommand::Translate(args) => translate(args, desk),
        ModelCommand::Add(args) => add::run(args, desk),
    }
}

fn name(args: &ModelArgs) -> String {
    args.model.clone().unwrap_or_else(|| BUILTIN.to_owned())
}

fn info(args: &ModelArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let card = Model::load(&name(args)).map_err(|error| Error::Usage(error.to_string()))?.card;
    let (millions, megabytes) = (card.parameters.div_ceil(100_000), card.bytes.div_ceil(100_000));
    writeln!(desk.out, "name        {} {}", card.name, card.version)?;
    if !card.note.is_empty() {
        writeln!(desk.out, "note        {}", card.note)?;
    }
    writeln!(desk.out, "parameters  {}.{} million", millions / 10, millions % 10)?;
    writeln!(desk.out, "weights     {}.{} MB", megabytes / 10, megabytes % 10)?;
    writeln!(desk.out, "sha256      {}", card.sha256)?;
    Ok(Exit::Done)
}

fn translate(args: &ModelArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let options = BackendOptions { model: Some(name(args)), ..BackendOptions::default() };
    let engine = Offline::new("offline", &options, INDONESIAN).map_err(|error| Error::Usage(error.to_string()))?;
    let lines = std::io::stdin().lock().lines().collect::<Result<Vec<_>, _>>();
    let lines = lines.map_err(|error| Error::Usage(format!("failed to read standard input: {error}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let requests = stream::iter(lines.chunks(LINES).map(request));
    let answers = requests.map(async |request| engine.call(&request).await).buffered(REQUESTS).try_collect::<Vec<_>>();
    for reply in runtime.block_on(answers).map_err(|error| Error::NoBackend(error.to_string()))? {
        let ReplyBody::Segments(segments) = reply.body else { continue };
        for segment in segments {
            writeln!(desk.out, "{}", segment.en)?;
        }
    }
    Ok(Exit::Done)
}

fn request(lines: &[String]) -> Request {
    let segments = (1..).zip(lines).map(|(n, text)| NumberedText { n, text: text.clone() }).collect();
    let translate = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: String::new(), payload: Payload::Translate(translate) }
}
