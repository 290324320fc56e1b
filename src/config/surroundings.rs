//! What the program finds around itself: environment, folders, terminals, clock. Captured once, then passed in.
//!
//! Place in the data way: before it; `main` captures it, `config` and `commands` read it.
//! It must never be captured anywhere else, so that every behaviour can be tested with made-up surroundings.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;

/// The time and time zone, asked anew each time.
pub type Clock = Arc<dyn Fn() -> jiff::Zoned + Send + Sync>;

/// The surroundings of one run.
#[derive(Clone)]
pub struct Surroundings {
    /// Environment variables; those that are not Unicode are left out.
    pub env: BTreeMap<String, String>,
    /// The working folder.
    pub cwd: PathBuf,
    /// This program's own file.
    pub program: PathBuf,
    /// This machine's name.
    pub host: String,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// The clock.
    pub clock: Clock,
}

impl Surroundings {
    /// What is really there.
    pub fn capture() -> Self {
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("kabar")),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            home: env.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            clock: clock(env.get(NOW)),
            env,
        }
    }

    /// The value of a variable, if it is set and not empty.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// The user's configuration file, whether or not it exists.
    pub fn user_file(&self) -> Option<PathBuf> {
        let folder = self.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let folder = folder.or_else(|| self.home.as_ref().map(|home| home.join(".config")))?;
        Some(folder.join("kabar").join("kabar.toml"))
    }
}

/// Begins the clock at this time (`2026-11-26T23:50:00+07:00[Asia/Jakarta]`): rehearses a night, a month's end, weeks.
const NOW: &str = "KABAR_NOW";

fn clock(start: Option<&String>) -> Clock {
    let Some(start) = start.and_then(|text| text.parse::<jiff::Zoned>().ok()) else {
        return Arc::new(jiff::Zoned::now);
    };
    let began = std::time::Instant::now();
    Arc::new(move || start.saturating_add(began.elapsed()))
}

impl fmt::Debug for Surroundings {
    /// Names only: values of variables may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("cwd", &self.cwd).field("home", &self.home).finish_non_exhaustive()
    }
}
