//! `kabar model add`: brings a model from a folder or an address, checks it, and keeps it.
//!
//! Place in the data way: none.
//! It must never leave a model in place that was not loaded whole and, where a SHA-256 was given, is not that very one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::backend::http::{Http, HttpOptions, Transport as _, place};
use crate::backend::offline::Model;
use crate::backend::wire::WireRequest;
use crate::cli::ModelAddArgs;
use crate::commands::Desk;
use crate::error::Error;
use crate::exit::Exit;

/// What a model is made of: of each pair the first set that is there whole.
const FILES: [[&[&str]; 2]; 2] =
    [[&["model.gguf"], &["model.safetensors", "config.json"]], [&["tokenizer.json"], &["source.spm", "vocab.json"]]];
/// What a model may have besides.
const EXTRA: &str = "translatable.txt";
/// Most bytes of one file: far above any model of this kind.
const MAX_BYTES: usize = 2 << 30;
/// Silence after which a download is given up.
const SILENCE: Duration = Duration::from_mins(1);

/// Runs `kabar model add`.
pub(super) fn run(args: &ModelAddArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let usage = |message: String| Error::Usage(message);
    let remote = args.source.contains("://");
    if remote && args.unverified {
        return Err(usage("an address needs --sha256: what comes over a network is not taken unseen".into()));
    }
    let name = args.source.trim_end_matches('/').rsplit('/').next().filter(|name| !matches!(*name, "" | "." | ".."));
    let to = args.to.clone().or_else(|| name.map(|name| Path::new("models").join(name)));
    let to = desk.around.cwd.join(to.ok_or_else(|| usage("say with --to where to keep the model".into()))?);
    if to.exists() {
        return Err(usage(format!("{} exists already; remove it or choose another folder with --to", to.display())));
    }
    let parent = to.parent().map(PathBuf::from).unwrap_or_default();
    std::fs::create_dir_all(&parent)?;
    let draft = tempfile::Builder::new().prefix(".model-").tempdir_in(&parent)?;
    bring(&args.source, remote, &desk.around.cwd, draft.path())?;
    let card = Model::load(&draft.path().display().to_string()).map_err(|error| usage(error.to_string()))?.card;
    if let Some(wanted) = args.sha256.as_ref().filter(|wanted| !wanted.eq_ignore_ascii_case(&card.sha256)) {
        return Err(usage(format!("{} is another model: its SHA-256 is {}, not {wanted}", args.source, card.sha256)));
    }
    std::fs::rename(draft.keep(), &to)?;
    writeln!(desk.out, "Added {} as {}. To use it:\n", card.name, to.display())?;
    writeln!(desk.out, "[backends.offline]\ndialect = \"offline\"\nmodel = {:?}", to.display().to_string())?;
    Ok(Exit::Done)
}

/// Copies or downloads the files of a model.
fn bring(source: &str, remote: bool, cwd: &Path, to: &Path) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let http = remote.then(|| client(source)).transpose()?;
    let fetch = |file: &str| match &http {
        Some(http) => runtime.block_on(download(http, source, file)),
        None => match std::fs::read(cwd.join(source).join(file)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::Usage(format!("failed to read {source}/{file}: {error}"))),
        },
    };
    for sets in FILES {
        'sets: for set in sets {
            for file in set {
                let Some(bytes) = fetch(file)? else { continue 'sets };
                std::fs::write(to.join(file), bytes)?;
            }
            break;
        }
    }
    if let Some(bytes) = fetch(EXTRA)? {
        std::fs::write(to.join(EXTRA), bytes)?;
    }
    Ok(())
}

fn client(source: &str) -> Result<Http, Error> {
    let loopback = place(source).map_err(Error::Usage)?.loopback;
    let options = HttpOptions { read_timeout: Some(SILENCE), loopback, max_body: MAX_BYTES, ..HttpOptions::default() };
    Http::new(options).map_err(Error::Usage)
}

/// One file, or nothing where the server has none.
async fn download(http: &Http, source: &str, file: &str) -> Result<Option<Vec<u8>>, Error> {
    let url = format!("{}/{file}", source.trim_end_matches('/'));
    let failed = |what: String| Error::Usage(format!("failed to fetch {url}: {what}"));
    let reply = http.send(WireRequest::get(url.clone())).await.map_err(|fault| failed(fault.to_string()))?;
    match reply.status {
        200 => Ok(Some(reply.body)),
        404 => Ok(None),
        status @ 300..400 => Err(failed(format!("the server points elsewhere ({status}); give the address itself"))),
        status => Err(failed(format!("the server answered {status}"))),
    }
}
