//! Starts another program that must come to an end: what prints a key, what sends mail.
//!
//! Place in the data way: beside it; [`super::keys`] and the notices of `commands` start programs here.
//! It must never leave a program behind that nobody waits for any more.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// A program that runs. What is left of it ends with this value, unless it is [let go](Self::let_go).
pub struct Running {
    group: Option<Pid>,
}

impl Running {
    /// It has ended, and what it left behind may stay.
    pub fn let_go(mut self) {
        self.group = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Starts a program with `input`, in a group of its own, so that what a script has started ends with it and holds no pipe
/// of ours. `done` is called with what came of it, on a thread of its own.
///
/// # Errors
/// Where it cannot be started.
pub fn start(
    command: &mut Command,
    input: Vec<u8>,
    done: impl FnOnce(std::io::Result<Output>) + Send + 'static,
) -> std::io::Result<Running> {
    let child = command.stdin(Stdio::piped()).process_group(0).spawn()?;
    let group = Some(Pid::from_child(&child));
    std::thread::spawn(move || done(finish(child, &input)));
    Ok(Running { group })
}

fn finish(mut child: Child, input: &[u8]) -> std::io::Result<Output> {
    let fed = child.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(input));
    let output = child.wait_with_output()?;
    fed.map(|()| output)
}
