//! Threads that compute, apart from the async runtime.
//!
//! Place in the data way: the backend hands a request to the next free worker and awaits the answer.
//! It must never compute for a caller that has gone: a dropped call ends its work after the current batch.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use super::engine::{Engine, Translated};
use super::error::OfflineError;

struct Job {
    texts: Vec<String>,
    answer: oneshot::Sender<Result<Translated, OfflineError>>,
}

/// A set of threads that share one model.
pub(super) struct Workers {
    /// Dropped before the pools, which ends the threads.
    jobs: mpsc::Sender<Job>,
    /// One thread each: inside a pool of one, a matrix product stays on its thread.
    _pools: Vec<ThreadPool>,
}

impl Workers {
    /// Starts `count` threads.
    pub(super) fn start(engine: &Arc<Engine>, count: usize) -> Result<Self, OfflineError> {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let pools = (0..count.max(1)).map(|n| {
            let pool = ThreadPoolBuilder::new().num_threads(1).thread_name(move |_| format!("offline-{n}")).build();
            let pool = pool.map_err(|error| OfflineError::Threads(error.to_string()))?;
            let (engine, queue) = (Arc::clone(engine), Arc::clone(&queue));
            pool.spawn(move || serve(&engine, &queue));
            Ok(pool)
        });
        Ok(Self { _pools: pools.collect::<Result<_, OfflineError>>()?, jobs })
    }

    /// Translates texts on the next free thread; `None` when the thread is gone.
    pub(super) async fn translate(&self, texts: Vec<String>) -> Option<Result<Translated, OfflineError>> {
        let (answer, waiting) = oneshot::channel();
        self.jobs.send(Job { texts, answer }).ok()?;
        waiting.await.ok()
    }
}

fn serve(engine: &Engine, queue: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { texts, answer }) = job else { return };
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        // A damaged model can bring a library down in the middle of a text; the run goes on without this answer.
        let translate = || engine.translate(&texts, &|| answer.is_closed()).transpose();
        let done = catch_unwind(AssertUnwindSafe(translate)).unwrap_or(Some(Err(OfflineError::Broken)));
        if let Some(done) = done {
            drop(answer.send(done));
        }
    }
}
