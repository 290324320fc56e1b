//! A backend's keys: where they are found, which one is used next, and how they are kept out of messages.
//!
//! Place in the data way: [`super::stack`] finds them, [`super::client`] takes one for each request.
//! It must never print a key or write one anywhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use tokio::time::Instant;

use super::error::{ErrorKind, Fault, excerpt};
use super::options::BackendOptions;
use super::wire::percent_encoded;

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
            let command = Some(Command { words: words.clone(), ..Command::default() });
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
            Some(command) => Ok(Some((0, command.token().await?))),
            None => Ok(self.next()),
        }
    }

    /// The first key, whoever's turn it is.
    ///
    /// # Errors
    /// As for [`Self::take`].
    pub async fn first(&self) -> Result<Option<SecretString>, Fault> {
        match &self.command {
            Some(command) => command.token().await.map(Some),
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
            return command.forget();
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

    /// All keys, to be kept out of messages.
    pub fn secrets(&self) -> Vec<SecretString> {
        self.all.clone()
    }
}

impl Keys {
    /// Replaces the token that the command printed last.
    pub fn redact(&self, text: &str) -> String {
        let printed = self.command.as_ref().and_then(|command| command.printed().clone());
        printed.map_or_else(|| text.to_owned(), |(token, _)| redact(text, &[token]))
    }
}

/// How long a printed token is used. Google's live for an hour.
const TOKEN_LIFE: Duration = Duration::from_mins(30);
/// A token that is refused sooner than this after it was printed will not be better the next time.
const TOKEN_FRESH: Duration = Duration::from_secs(30);

/// A command that prints a token which expires, such as `gcloud auth print-access-token`.
#[derive(Default)]
struct Command {
    words: Vec<String>,
    /// Only one call runs the command; the others wait for what it prints.
    running: tokio::sync::Mutex<()>,
    printed: Mutex<Option<(SecretString, Instant)>>,
}

impl Command {
    fn printed(&self) -> std::sync::MutexGuard<'_, Option<(SecretString, Instant)>> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Option<SecretString> {
        self.printed().as_ref().filter(|(_, when)| when.elapsed() < TOKEN_LIFE).map(|(token, _)| token.clone())
    }

    async fn token(&self) -> Result<SecretString, Fault> {
        let _turn = self.running.lock().await;
        if let Some(token) = self.known() {
            return Ok(token);
        }
        let words = self.words.clone();
        let run = tokio::task::spawn_blocking(move || run(&words)).await;
        let token = run.unwrap_or_else(|error| Err(error.to_string()));
        let token =
            token.map_err(|why| Fault::new(ErrorKind::Auth, format!("`api_key_command` gave no key: {why}")))?;
        *self.printed() = Some((token.clone(), Instant::now()));
        Ok(token)
    }

    /// Forgets a token that was refused. Whether a new one may be better.
    fn forget(&self) -> bool {
        let mut printed = self.printed();
        let old = printed.as_ref().is_some_and(|(_, when)| when.elapsed() > TOKEN_FRESH);
        if old {
            *printed = None;
        }
        old
    }
}

/// Runs a command and takes what it prints, without a shell.
fn run(words: &[String]) -> Result<SecretString, String> {
    let (program, arguments) = words.split_first().ok_or("it is empty")?;
    let output = std::process::Command::new(program).args(arguments).stdin(std::process::Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}: {}", output.status, excerpt(&String::from_utf8_lossy(&output.stderr))));
    }
    let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if token.is_empty() { Err(format!("{program} printed nothing")) } else { Ok(SecretString::from(token)) }
}

/// Shorter secrets are no secrets: local servers want a key such as `none`.
const SHORTEST: usize = 4;

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

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_command_is_run_again_when_its_token_is_old_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("echo x >> {0}; wc -l < {0}", folder.path().join("count").display());
        let command = Some(["sh", "-c", &script].map(str::to_owned).to_vec());
        let options = BackendOptions { api_key_command: command, ..BackendOptions::default() };
        let keys = Keys::find(&options, &|_| None).unwrap();
        let token = async || keys.take().await.unwrap().unwrap().1.expose_secret().to_owned();
        assert_eq!((token().await, token().await), ("1".into(), "1".into()));
        assert!(!keys.refuse(0), "a fresh token that is refused is not asked for again");
        tokio::time::advance(TOKEN_FRESH * 2).await;
        assert!(keys.refuse(0));
        assert_eq!(token().await, "2");
        tokio::time::advance(TOKEN_LIFE * 2).await;
        assert_eq!(token().await, "3");
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
        let secrets = [SecretString::from("a+b/c=="), SecretString::from("no")];
        assert_eq!(redact("a+b/c== a%2Bb%2Fc%3D%3D a+b\\/c== no", &secrets), "[key] [key] [key] no");
    }
}
