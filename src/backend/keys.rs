//! A backend's keys: where they are found, which one is used next, and how they are kept out of messages.
//!
//! Place in the data way: [`super::stack`] finds them, [`super::client`] takes one for each request.
//! It must never print a key or write one anywhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use tokio::time::Instant;

use super::child;
use super::error::{ErrorKind, Fault, excerpt};
use super::options::BackendOptions;
use super::wire::percent_encoded;
use crate::model::duration;

/// Looks up an environment variable; the environment itself is read elsewhere.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The variable that should hold it is unset or empty.
    #[error("the environment variable {0} is not set; it should hold the key (`api_key_env`)")]
    NoVariable(String),
    /// The file that should hold it cannot be read or is empty.
    #[error("the key file {path} cannot be used: {reason} (`api_key_file`)")]
    NoFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The keys of one backend, taken in turn. A key that was refused is not taken again, one that was used too often rests.
pub struct Keys {
    all: Vec<SecretString>,
    turn: Mutex<Turn>,
    command: Option<Command>,
    hint: String,
    /// What should be told about where the keys are kept.
    pub warning: Option<String>,
}

#[derive(Default)]
struct Turn {
    next: usize,
    refused: Vec<usize>,
    /// Until when each key rests.
    resting: BTreeMap<usize, Instant>,
}

impl Turn {
    fn rest_of(&self, number: usize, now: Instant) -> Duration {
        self.resting.get(&number).map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }
}

impl Keys {
    /// Finds the keys that the options name. Several stand on lines of their own or between commas.
    ///
    /// # Errors
    /// Where a named place holds no key.
    pub fn find(options: &BackendOptions, env: Env<'_>) -> Result<Self, KeyError> {
        if let Some(variable) = &options.api_key_env {
            let value = env(variable).unwrap_or_default();
            let keys = Self::new(&value, format!("check the environment variable {variable}"));
            return if keys.all.is_empty() { Err(KeyError::NoVariable(variable.clone())) } else { Ok(keys) };
        }
        if let Some(path) = &options.api_key_file {
            let no_file = |reason: String| KeyError::NoFile { path: path.display().to_string(), reason };
            let text = std::fs::read_to_string(path).map_err(|error| no_file(error.to_string()))?;
            let mut keys = Self::new(&text, format!("check the file {}", path.display()));
            keys.warning = warning(path);
            return if keys.all.is_empty() { Err(no_file("it is empty".into())) } else { Ok(keys) };
        }
        if let Some(words) = &options.api_key_command {
            let keys = Self::new("", format!("check the command {}", words.join(" ")));
            let command = Some(Command::new(options, words));
            return Ok(Self { command, ..keys });
        }
        Ok(Self::new("", "name the key's place with `api_key_env` or `api_key_file`".to_owned()))
    }

    fn new(text: &str, hint: String) -> Self {
        let parts = text.split([',', '\n', '\r']).map(str::trim).filter(|key| !key.is_empty());
        Self {
            all: parts.map(SecretString::from).collect(),
            turn: Mutex::default(),
            command: None,
            hint,
            warning: None,
        }
    }

    /// The key whose turn it is, with its number; `None` where the backend has no key.
    ///
    /// # Errors
    /// `Auth` where the command that should print it fails.
    pub async fn take(&self) -> Result<Option<(usize, SecretString)>, Fault> {
        match &self.command {
            Some(command) => command.token().await.map(Some),
            None => Ok(self.next()),
        }
    }

    /// The first key, whoever's turn it is.
    ///
    /// # Errors
    /// As for [`Self::take`].
    pub async fn first(&self) -> Result<Option<SecretString>, Fault> {
        match &self.command {
            Some(command) => command.token().await.map(|(_, token)| Some(token)),
            None => Ok(self.all.first().cloned()),
        }
    }

    fn next(&self) -> Option<(usize, SecretString)> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.all.len();
        let order = (0..count).map(|step| (turn.next + step) % count);
        let usable = order.clone().filter(|number| !turn.refused.contains(number));
        // Of equal keys `min_by_key` takes the first: the one whose turn it is.
        let now = Instant::now();
        let number = usable.min_by_key(|number| turn.rest_of(*number, now)).or_else(|| order.clone().next())?;
        turn.next = (number + 1) % count;
        Some((number, self.all.get(number)?.clone()))
    }

    /// Takes note that a key was refused. Whether another one is left.
    pub fn refuse(&self, number: usize) -> bool {
        if let Some(command) = &self.command {
            return command.forget(number);
        }
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !turn.refused.contains(&number) {
            turn.refused.push(number);
        }
        turn.refused.len() < self.all.len()
    }

    /// Lets a key rest for so long. `None` where another key can be taken at once, else how long until one can.
    pub fn rest(&self, number: usize, wait: Duration) -> Option<Duration> {
        let now = Instant::now();
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.resting.insert(number, now + wait);
        let usable = (0..self.all.len()).filter(|number| !turn.refused.contains(number));
        let others = usable.filter(|other| *other != number).map(|other| turn.rest_of(other, now));
        let soonest = others.min().map_or(wait, |other| other.min(wait));
        let another = soonest.is_zero() && !wait.is_zero();
        (!another).then_some(soonest)
    }

    /// What to do about a refused key.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// Every key once, whoever's turn it is; one `None` where the backend has no key.
    ///
    /// # Errors
    /// As for [`Self::take`].
    pub async fn each(&self) -> Result<Vec<Option<SecretString>>, Fault> {
        match &self.command {
            None if !self.all.is_empty() => Ok(self.all.iter().cloned().map(Some).collect()),
            _ => Ok(vec![self.first().await?]),
        }
    }

    /// Replaces every key, and every token that the command printed.
    pub fn redact(&self, text: &str) -> String {
        let printed = self.command.as_ref().map(|command| command.last().printed.clone()).unwrap_or_default();
        redact(&redact(text, &self.all), &printed)
    }
}

/// What a backend must not show to anybody else: its keys, and what else was filled in from the environment.
#[derive(Clone)]
pub struct Secrets {
    /// The keys, also those that a command has yet to print.
    pub keys: Arc<Keys>,
    /// Parts of headers and of the proxy's address.
    pub others: Vec<SecretString>,
}

impl Secrets {
    /// Replaces all of them: the keys first, of which another secret may be a part.
    pub fn redact(&self, text: &str) -> String {
        redact(&self.keys.redact(text), &self.others)
    }
}

/// How long a printed token is used. Google's live for an hour.
const TOKEN_LIFE: Duration = Duration::from_mins(30);
/// A token that is refused sooner than this after it was printed will not be better the next time.
const TOKEN_FRESH: Duration = Duration::from_secs(30);
/// How long a command may take that prints one.
const TOKEN_WAIT: Duration = Duration::from_secs(30);

/// A command that prints a token which expires, such as `gcloud auth print-access-token`.
#[derive(Default)]
struct Command {
    words: Vec<String>,
    /// How long it may take.
    limit: Duration,
    /// Only one call runs the command; the others wait for what it prints.
    running: tokio::sync::Mutex<()>,
    last: Mutex<Last>,
}

/// What the command did last.
#[derive(Default)]
struct Last {
    /// Of the token that is used, or of the next one.
    number: usize,
    token: Option<(SecretString, Instant)>,
    /// All that it ever printed: a request that is under way may still carry an old one.
    printed: Vec<SecretString>,
    /// Why it gave none: those who waited for it need not run it again, one after the other.
    failure: Option<(String, Instant)>,
}

impl Command {
    fn new(options: &BackendOptions, words: &[String]) -> Self {
        // A little less than an attempt, which would end without a word about the command.
        let attempt = options.timeout.filter(|limit| !limit.is_zero()).map(|limit| limit / 10 * 9);
        let limit = attempt.map_or(TOKEN_WAIT, |attempt| attempt.min(TOKEN_WAIT));
        Self { words: words.to_vec(), limit, ..Self::default() }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Option<Result<(usize, SecretString), String>> {
        let last = self.last();
        let token = last.token.as_ref().filter(|(_, when)| when.elapsed() < TOKEN_LIFE);
        let failure = last.failure.as_ref().filter(|(_, when)| when.elapsed() < TOKEN_FRESH);
        let failure = failure.map(|(why, _)| Err(why.clone()));
        token.map(|(token, _)| Ok((last.number, token.clone()))).or(failure)
    }

    async fn token(&self) -> Result<(usize, SecretString), Fault> {
        let _turn = self.running.lock().await;
        let known = match self.known() {
            Some(known) => known,
            None => self.note(run(&self.words, self.limit).await),
        };
        known.map_err(|why| Fault::new(ErrorKind::Auth, format!("`api_key_command` gave no key: {why}")))
    }

    fn note(&self, printed: Result<SecretString, String>) -> Result<(usize, SecretString), String> {
        let (mut last, now) = (self.last(), Instant::now());
        last.number += 1;
        last.token = printed.as_ref().ok().map(|token| (token.clone(), now));
        last.printed.extend(printed.as_ref().ok().cloned());
        last.failure = printed.as_ref().err().map(|why| (why.clone(), now));
        printed.map(|token| (last.number, token))
    }

    /// Forgets a token that was refused. Whether another one may be better: one that was printed meanwhile, or a new one.
    fn forget(&self, number: usize) -> bool {
        let mut last = self.last();
        if number != last.number {
            return true;
        }
        let old = last.token.as_ref().is_some_and(|(_, when)| when.elapsed() > TOKEN_FRESH);
        if old {
            last.number += 1;
            last.token = None;
        }
        old
    }
}

/// Runs a command and takes what it prints, without a shell. It ends with this future.
async fn run(words: &[String], limit: Duration) -> Result<SecretString, String> {
    let (program, arguments) = words.split_first().ok_or("it is empty")?;
    let (done, output) = tokio::sync::oneshot::channel();
    let mut command = std::process::Command::new(program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let told = |error: &dyn std::fmt::Display| format!("{program}: {error}");
    let running = child::start(&mut command, Vec::new(), |output| drop(done.send(output))).map_err(|e| told(&e))?;
    let late = |_| format!("{} was not done within {}", words.join(" "), duration::format(limit));
    let output = tokio::time::timeout(limit, output).await.map_err(late)?;
    let output = output.map_err(|error| told(&error))?.map_err(|error| told(&error))?;
    running.let_go();
    if !output.status.success() {
        return Err(format!("{program}: {}: {}", output.status, excerpt(&String::from_utf8_lossy(&output.stderr))));
    }
    let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if token.is_empty() { Err(format!("{program} printed nothing")) } else { Ok(SecretString::from(token)) }
}

/// Shorter secrets are no secrets: local servers want a key such as `none`, and texts hold that word.
const SHORTEST: usize = 5;

/// Replaces every secret in a text, as it is and as addresses and JSON may spell it.
pub fn redact(text: &str, secrets: &[SecretString]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= SHORTEST) {
        for spelling in [secret.to_owned(), percent_encoded(secret), secret.replace('/', "\\/")] {
            if text.contains(&spelling) {
                text = text.replace(&spelling, "[key]");
            }
        }
    }
    text
}

/// What should be told about a key file that others can read.
#[cfg(unix)]
fn warning(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let shown = path.display();
    (mode & 0o077 != 0).then(|| format!("others can read the key file {shown} (mode {mode:o}); run: chmod 600 {shown}"))
}

#[cfg(not(unix))]
fn warning(_path: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(keys: &Keys, times: usize) -> Vec<usize> {
        (0..times).filter_map(|_| keys.next()).map(|(number, _)| number).collect()
    }

    #[test]
    fn keys_are_taken_in_turn_and_a_refused_one_is_left_out() {
        let keys = Keys::new("one, two\nthree\n", String::new());
        assert_eq!(numbers(&keys, 4), [0, 1, 2, 0]);
        assert!(keys.refuse(1));
        assert_eq!(numbers(&keys, 3), [2, 0, 2]);
        assert!(keys.refuse(0));
        assert!(!keys.refuse(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_rests_gives_way_to_those_that_do_not() {
        const SECOND: Duration = Duration::from_secs(1);
        let keys = Keys::new("one,two,three", String::new());
        assert_eq!(keys.rest(0, 5 * SECOND), None);
        assert_eq!(numbers(&keys, 3), [1, 2, 1]);
        assert!(keys.refuse(1));
        assert_eq!(keys.rest(2, 60 * SECOND), Some(5 * SECOND), "the first is back the soonest");
        assert_eq!(numbers(&keys, 2), [0, 0]);
        tokio::time::advance(61 * SECOND).await;
        assert_eq!(numbers(&keys, 3), [2, 0, 2]);
        let one = Keys::new("one", String::new());
        assert_eq!((one.rest(0, SECOND), one.rest(0, Duration::ZERO)), (Some(SECOND), Some(Duration::ZERO)));
    }

    #[test]
    fn a_missing_or_empty_variable_is_named() {
        let options = BackendOptions { api_key_env: Some("DESK_KEY".into()), ..BackendOptions::default() };
        for value in [None, Some(String::new()), Some(" \n".into())] {
            let error = Keys::find(&options, &|_| value.clone()).err().unwrap();
            assert!(error.to_string().contains("DESK_KEY"));
        }
        assert_eq!(Keys::find(&options, &|_| Some("sk-1\n".into())).unwrap().next().unwrap().1.expose_secret(), "sk-1");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "sk-1\n").unwrap();
        let options = BackendOptions { api_key_file: Some(path.clone()), ..BackendOptions::default() };
        for (mode, told) in [(0o600, false), (0o644, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Keys::find(&options, &|_| None).unwrap().warning.is_some(), told);
        }
    }

    fn printed_by(script: &str) -> Keys {
        let command = Some(["sh", "-c", script].map(str::to_owned).to_vec());
        let options = BackendOptions { api_key_command: command, ..BackendOptions::default() };
        Keys::find(&options, &|_| None).unwrap()
    }

    /// Lets time pass; it stands still only meanwhile, because a program is waited for in real time.
    async fn later(time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }

    async fn token(keys: &Keys) -> (usize, String) {
        let (number, token) = keys.take().await.unwrap().unwrap();
        (number, token.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_command_is_run_again_when_its_token_is_old_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = printed_by(&format!("echo x >> {0}; wc -l < {0}", folder.path().join("count").display()));
        let (first, printed) = token(&keys).await;
        assert_eq!((token(&keys).await, printed.as_str()), ((first, "1".into()), "1"));
        assert!(!keys.refuse(first), "a fresh token that is refused is not asked for again");
        later(TOKEN_FRESH * 2).await;
        assert!(keys.refuse(first) && keys.refuse(first), "the second call that was refused the same token");
        let (second, printed) = token(&keys).await;
        assert_eq!(printed, "2");
        assert!(keys.refuse(first), "a call that comes late takes the new token");
        assert!(!keys.refuse(second));
        later(TOKEN_LIFE * 2).await;
        assert_eq!(token(&keys).await.1, "3");
    }

    #[tokio::test]
    async fn a_token_that_was_printed_is_kept_out_of_sight_also_when_it_is_old() {
        let keys = printed_by("echo token-$$");
        let (number, old) = token(&keys).await;
        later(TOKEN_FRESH * 2).await;
        assert!(keys.refuse(number));
        assert_eq!(keys.redact(&format!("not with {old}")), "not with [key]");
        let new = token(&keys).await.1;
        assert_eq!(keys.redact(&format!("{old} {new}")), "[key] [key]");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended_and_not_begun_again_by_those_who_waited() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("begun");
        let mut keys = printed_by(&format!("echo x >> {}; sleep 600 & wait", path.display()));
        keys.command.as_mut().unwrap().limit = Duration::from_millis(300);
        for fault in futures_util::future::join_all([keys.take(), keys.take(), keys.take()]).await {
            let fault = fault.unwrap_err();
            assert!(
                fault.kind == ErrorKind::Auth && fault.message.contains("sleep 600 & wait was not done"),
                "{fault}"
            );
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), "x\n");
    }

    #[tokio::test]
    async fn a_command_ends_with_the_call_that_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let keys = printed_by(&format!("echo $$ > {0}.new; mv {0}.new {0}; sleep 600 & wait", path.display()));
        let begun = async {
            while !path.exists() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = keys.take() => panic!("it printed nothing"),
            () = begun => {}
        }
        let pid = std::fs::read_to_string(path).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        while rustix::process::test_kill_process_group(pid).is_ok() {
            std::thread::yield_now();
        }
    }

    #[tokio::test]
    async fn a_command_that_fails_is_told() {
        let options = BackendOptions { api_key_command: Some(vec!["false".into()]), ..BackendOptions::default() };
        let fault = Keys::find(&options, &|_| None).unwrap().take().await.unwrap_err();
        assert!(fault.kind == ErrorKind::Auth && fault.message.contains("`api_key_command`"), "{fault}");
    }

    #[test]
    fn keys_are_replaced_wherever_they_stand() {
        let secrets = [SecretString::from("sk-secret")];
        assert_eq!(redact("wrong key sk-secret (sk-secret)", &secrets), "wrong key [key] ([key])");
        let secrets = [SecretString::from("a+b/c=="), SecretString::from("none")];
        assert_eq!(redact("a+b/c== a%2Bb%2Fc%3D%3D a+b\\/c== none", &secrets), "[key] [key] [key] none");
    }
}
