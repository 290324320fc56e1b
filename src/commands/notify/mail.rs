//! Sends a notice by mail: through the machine's own `sendmail`, or by SMTP.
//!
//! Place in the data way: after it.
//! It must never wait for longer than it is told.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Zoned;
use rustix::process::{Pid, Signal, kill_process_group};

use super::Notice;
use crate::stage::write::Head;

/// A notice as a message.
pub(super) fn message(to: &str, from: &str, notice: &Notice<'_>, now: &Zoned) -> String {
    let subject = format!("kabar: exit {} ({})", notice.exit.code(), notice.exit.meaning());
    Head { from, to, subject: &subject, at: now.timestamp() }.message(&notice.text)
}

/// Hands a message to `sendmail`, which may take as long as its timeout.
pub(super) fn send(sendmail: &Path, message: &str, limit: Duration) -> Result<(), String> {
    let mut child = Command::new(sendmail)
        // The readers stand in the message, and no line of it ends it.
        .args(["-t", "-i"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // A group of its own, so that what a script has started ends with it and holds no pipe of ours.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{}: {error}", sendmail.display()))?;
    let (mut stdin, lines) = (child.stdin.take(), message.replace("\r\n", "\n"));
    // A short message fits into the pipe, so this does not wait for the reader.
    stdin.as_mut().map_or(Ok(()), |pipe| pipe.write_all(lines.as_bytes())).map_err(|error| error.to_string())?;
    drop(stdin);
    let step = Duration::from_millis(50);
    let mut left = limit;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{} ended with {status}", sendmail.display())),
            None if left.is_zero() => {
                let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
                return Err(format!("{} took too long", sendmail.display()));
            }
            None => std::thread::sleep(step),
        }
        left = left.saturating_sub(step);
    }
}
