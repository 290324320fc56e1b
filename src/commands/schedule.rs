//! What runs kabar by the clock: a line for crontab, or a systemd service with its timer.
//!
//! Place in the data way: none.
//! It must never install anything: it is text for a person to look at.

use std::path::{Path, PathBuf};

/// When it runs, unless the user edits it.
const HOUR: u32 = 5;
/// See [`HOUR`].
const MINUTE: u32 = 25;

/// Flags that name a file, such as `--config`, and the file.
pub(super) type Named = [(&'static str, PathBuf)];

/// A crontab line. A good run says nothing; anything else is mailed by cron.
pub(super) fn crontab(program: &Path, folder: &Path, named: &Named) -> String {
    // cron ends a command at a bare `%`.
    let quoted = |path: &Path| in_quotes(path).replace('%', "\\%");
    let named: String = named.iter().map(|(flag, path)| format!(" {flag} {}", quoted(path))).collect();
    format!("{MINUTE} {HOUR} * * * cd {} && {} run --quiet{named}", quoted(folder), quoted(program))
}

/// A path as one word of a shell.
fn in_quotes(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// A service and its timer.
pub(super) struct Unit<'a> {
    /// This program.
    pub program: &'a Path,
    /// Flags for it.
    pub named: &'a Named,
    /// Where `kabar.toml` lies.
    pub folder: &'a Path,
    /// Folders that it may write to.
    pub writes: &'a [&'a Path],
    /// Who it runs as.
    pub user: &'a str,
}

impl Unit<'_> {
    /// Both units, each under a line that names its file.
    pub(super) fn text(&self) -> String {
        let mut writes: Vec<&Path> = vec![self.folder];
        writes.extend(self.writes.iter().copied().filter(|path| !path.starts_with(self.folder)));
        let writes: Vec<String> = writes.iter().map(|path| systemd_word(path)).collect();
        let named: String = self.named.iter().map(|(flag, path)| format!(" {flag} {}", systemd_word(path))).collect();
        format!(
            include_str!("schedule.units"),
            program = systemd_word(self.program),
            named = named,
            folder = systemd_path(self.folder),
            writes = writes.join(" "),
            user = self.user,
        )
    }
}

/// A path that is a whole value: `%` begins a specifier there.
fn systemd_path(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

/// A path as one word of a list or a command line: in quotes, where `\`, `"` and `$` have a meaning.
fn systemd_word(path: &Path) -> String {
    let text = systemd_path(path).replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    if text.contains([' ', '\t', '\'', '"', ';']) { format!("\"{text}\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crontab_line_survives_spaces_quotes_and_percent_signs() {
        let line = crontab(
            Path::new("/usr/bin/kabar"),
            Path::new("/srv/5% of Ani's news"),
            &[("--config", "/etc/5%.toml".into())],
        );
        let run = "'/usr/bin/kabar' run --quiet --config '/etc/5\\%.toml'";
        assert_eq!(line, format!("25 5 * * * cd '/srv/5\\% of Ani'\\''s news' && {run}"));
    }

    #[test]
    fn a_service_may_write_to_its_folders_alone() {
        let (folder, state, inside) = (Path::new("/srv/news"), Path::new("/var/lib/kabar"), Path::new("/srv/news/out"));
        let named = [("--state", state.to_path_buf())];
        let unit = Unit {
            program: Path::new("/usr/bin/kabar"),
            named: &named,
            folder,
            writes: &[state, inside],
            user: "news",
        };
        let text = unit.text();
        assert!(text.contains("\nReadWritePaths=/srv/news /var/lib/kabar\n"), "{text}");
        assert!(text.contains("\nExecStart=/usr/bin/kabar run --quiet --state /var/lib/kabar\n"), "{text}");
    }
}
