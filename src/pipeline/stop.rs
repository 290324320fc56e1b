//! How a run is stopped: by a signal, the deadline, the budget or the lack of backends.
//!
//! Place in the data way: watched by the work loop. The first reason wins: no new unit begins, what is in flight
//! drains. A second signal ends that too, and so does a deadline that is long over.
//! It must never lose a finished unit: what was answered is stored before the run ends.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::time_limit::TimeLimit;
use crate::model::outcome::Stop;

/// How long a deadline is waited for at a time: a clock may go ahead meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long what is in flight at a deadline may take to end. No request is sent that would probably end after the
/// deadline, so this is for one that hangs: a job of the night must not wait for it until the morning.
const GRACE: Duration = Duration::from_secs(30);

/// Stops a run. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stopper {
    reason: Arc<OnceLock<Stop>>,
    enough: CancellationToken,
    draining: CancellationToken,
    abort: CancellationToken,
}

impl Stopper {
    /// Asks the run to stop; the first reason stands.
    pub fn stop(&self, reason: Stop) {
        self.end_work(reason, false);
    }

    /// Asks the run to begin no further unit; `goes_on` says whether something smaller is still to be tried.
    pub fn end_work(&self, reason: Stop, goes_on: bool) {
        let _ = self.reason.set(reason);
        self.enough.cancel();
        if !goes_on {
            self.draining.cancel();
        }
    }

    /// Why the run stops, once it does.
    pub fn reason(&self) -> Option<&Stop> {
        self.reason.get()
    }

    /// Cancelled when no new unit may begin.
    pub fn enough(&self) -> &CancellationToken {
        &self.enough
    }

    /// Cancelled when nothing new may begin and no failed attempt may be made again.
    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Cancelled when what is in flight must end too.
    pub fn abort(&self) -> &CancellationToken {
        &self.abort
    }

    /// Stops the run when there is no time left, and ends soon after what is in flight still.
    pub fn at_deadline(&self, deadline: TimeLimit) {
        let stopper = self.clone();
        tokio::spawn(async move {
            loop {
                let left = deadline.left();
                if left.is_zero() {
                    break;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
            stopper.stop(Stop::Deadline);
            tokio::time::sleep(GRACE).await;
            stopper.abort.cancel();
        });
    }

    /// Stops the run at the first SIGINT or SIGTERM and aborts it at the second.
    ///
    /// # Errors
    /// When the operating system gives no signal handler.
    pub fn on_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        for (kind, number) in [(SignalKind::interrupt(), 2), (SignalKind::terminate(), 15)] {
            let mut signals = signal(kind)?;
            let stopper = self.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    if stopper.draining.is_cancelled() {
                        stopper.abort.cancel();
                    }
                    stopper.stop(Stop::Signal { number });
                }
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_hangs_at_the_deadline_holds_the_run_no_longer_than_the_grace() {
        let (stopper, began) = (Stopper::default(), Instant::now());
        stopper.at_deadline(TimeLimit::after(Duration::from_secs(3), Arc::new(|| Timestamp::UNIX_EPOCH)));
        stopper.draining().cancelled().await;
        assert_eq!((stopper.reason(), began.elapsed().as_secs()), (Some(&Stop::Deadline), 3));
        assert!(!stopper.abort().is_cancelled());
        stopper.abort().cancelled().await;
        assert_eq!(began.elapsed().as_secs(), 33);
    }
}
