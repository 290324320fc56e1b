//! Sends a notice by mail: through the machine's own `sendmail`, or by SMTP.
//!
//! Place in the data way: after it.
//! It must never wait for longer than it is told.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use jiff::Zoned;

use super::Notice;
use crate::backend::child;
use crate::stage::write::Head;

/// A notice as a message.
pub(super) fn message(to: &str, from: &str, notice: &Notice<'_>, now: &Zoned) -> String {
    let subject = format!("kabar: exit {} ({})", notice.exit.code(), notice.exit.meaning());
    Head { from, to, subject: &subject, at: now.timestamp() }.message(&notice.text)
}

/// Hands a message to `sendmail`, which may take as long as its timeout.
pub(super) fn send(sendmail: &Path, message: &str, limit: Duration) -> Result<(), String> {
    let shown = sendmail.display();
    let (done, ended) = mpsc::channel();
    let mut command = Command::new(sendmail);
    // The readers stand in the message, and no line of it ends it.
    command.args(["-t", "-i"]).stdout(Stdio::null());
    let lines = message.replace("\r\n", "\n").into_bytes();
    let running = child::start(&mut command, lines, move |output| drop(done.send(output)));
    let running = running.map_err(|error| format!("{shown}: {error}"))?;
    let output = ended.recv_timeout(limit).map_err(|_| format!("{shown} took too long"))?;
    running.let_go();
    let status = output.map_err(|error| format!("{shown}: {error}"))?.status;
    if status.success() { Ok(()) } else { Err(format!("{shown} ended with {status}")) }
}
