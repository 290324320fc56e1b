//! Sends a notice by mail: through the machine's own `sendmail`, or by SMTP.
//!
//! Place in the data way: after it.
//! It must never wait for longer than it is told.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Zoned;
use rustix::process::{Pid, Signal, kill_process_group};

use super::Notice;

/// A notice as a message: headers, an empty line, the text.
pub(super) fn message(to: &str, from: &str, notice: &Notice<'_>, now: &Zoned) -> String {
    let header = |text: &str| text.replace(['\r', '\n'], " ");
    let (coding, body) = body(&notice.text);
    format!(
        "To: {}\nSubject: kabar: exit {} ({})\nFrom: {}\nDate: {}\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {coding}\n\n{body}\n",
        header(to),
        notice.exit.code(),
        header(notice.exit.meaning()),
        header(from),
        now.strftime("%a, %d %b %Y %H:%M:%S %z")
    )
}

/// The text as every server passes it on unchanged (<https://www.rfc-editor.org/rfc/rfc2045>), and how it is coded.
fn body(text: &str) -> (&'static str, String) {
    const LONGEST_LINE: usize = 900;
    if text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST_LINE) {
        return ("7bit", text.to_owned());
    }
    // 57 bytes make a line of 76 letters.
    ("base64", text.as_bytes().chunks(57).map(|line| BASE64_STANDARD.encode(line)).collect::<Vec<_>>().join("\n"))
}

/// Hands a message to `sendmail`, which may take as long as its timeout.
pub(super) fn send(sendmail: &Path, message: &str, limit: Duration) -> Result<(), String> {
    let mut child = Command::new(sendmail)
        .arg("-t")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // A group of its own, so that what a script has started ends with it and holds no pipe of ours.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{}: {error}", sendmail.display()))?;
    let mut stdin = child.stdin.take();
    // A short message fits into the pipe, so this does not wait for the reader.
    stdin.as_mut().map_or(Ok(()), |pipe| pipe.write_all(message.as_bytes())).map_err(|error| error.to_string())?;
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
