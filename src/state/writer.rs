//! The one writer: a thread that owns the writing connection and commits what is waiting as one transaction.
//!
//! Place in the data way: every change of the state goes through it. A job's changes are visible and durable
//! against a kill when its answer arrives, never before; jobs that fail leave no trace and do not harm their neighbours.
//! It must never hold a transaction open while it waits for more jobs.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

/// Most jobs in one transaction: bounds how long the first of them waits.
const GROUP: usize = 256;

type Sql<T> = rusqlite::Result<T>;

/// A change of the state, type-erased: it runs inside the transaction and leaves a closure that answers its caller
/// once the fate of the transaction is known.
/// It is given no connection where no transaction could be begun.
type Job = Box<dyn FnOnce(Option<&Connection>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(&Sql<()>) + Send>;

/// Handle to the writer thread. Dropping it finishes what is queued and ends the thread.
#[derive(Debug)]
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new().name("kabar-state".into()).spawn(move || serve(connection, &queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Queues a change; the receiver gets its value after the commit.
    pub fn send<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Sql<T> + Send + 'static,
    ) -> oneshot::Receiver<Sql<T>> {
        let (answer, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let value = connection.map(|connection| in_savepoint(connection, change));
            Box::new(move |commit: &Sql<()>| {
                let value = match (commit, value) {
                    (Ok(()), Some(value)) => value,
                    (Ok(()), None) => Err(rusqlite::Error::InvalidQuery),
                    (Err(error), _) => Err(copy(error)),
                };
                // The caller may have given up waiting; the change stands all the same.
                let _ = answer.send(value);
            })
        });
        if let Some(jobs) = &self.jobs {
            // A closed channel drops the job and with it the answer: the caller sees a closed receiver.
            let _ = jobs.send(job);
        }
        receiver
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut connection: Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut answers = Vec::new();
        let commit = commit_group(&mut connection, first, queue, &mut answers);
        for answer in answers {
            answer(&commit);
        }
    }
}

/// Runs the first job and those already waiting in one transaction.
fn commit_group(connection: &mut Connection, first: Job, queue: &Receiver<Job>, answers: &mut Vec<Answer>) -> Sql<()> {
    let transaction: Transaction<'_> = match connection.transaction() {
        Ok(transaction) => transaction,
        Err(error) => {
            answers.push(first(None));
            return Err(error);
        }
    };
    answers.push(first(Some(&transaction)));
    while answers.len() < GROUP {
        let Ok(job) = queue.try_recv() else { break };
        answers.push(job(Some(&transaction)));
    }
    transaction.commit()
}

fn in_savepoint<T>(connection: &Connection, change: impl FnOnce(&Connection) -> Sql<T>) -> Sql<T> {
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let value = change(connection);
    let end = if value.is_ok() { "RELEASE job" } else { "ROLLBACK TO job" };
    connection.prepare_cached(end)?.execute([])?;
    if value.is_err() {
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    value
}

/// `rusqlite::Error` is not `Clone`, yet each job of a failed group must be told the reason.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => rusqlite::Error::SqliteFailure(*code, message.clone()),
        other => rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
            Some(other.to_string()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> (tempfile::TempDir, Writer, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        let reader = Connection::open(&path).unwrap();
        (dir, Writer::start(connection).unwrap(), reader)
    }

    fn count(reader: &Connection) -> i64 {
        reader.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_answer_means_that_readers_see_the_change() {
        let (_dir, writer, reader) = writer();
        for n in 0..50 {
            writer.send(move |c| c.execute("INSERT INTO t VALUES (?1)", [n])).blocking_recv().unwrap().unwrap();
            assert_eq!(count(&reader), n + 1);
        }
    }

    #[test]
    fn a_failing_job_leaves_no_trace_and_spares_its_neighbours() {
        let (_dir, writer, reader) = writer();
        let answers: Vec<_> = (0..20)
            .map(|n| {
                writer.send(move |c| {
                    c.execute("INSERT INTO t VALUES (?1)", [100 + n])?;
                    c.execute("INSERT INTO t VALUES (?1)", [n % 10])
                })
            })
            .collect();
        let good = answers.into_iter().flat_map(|answer| answer.blocking_recv().unwrap()).count();
        assert_eq!(good, 10);
        assert_eq!(count(&reader), 20);
    }

    #[test]
    fn dropping_the_writer_finishes_what_is_queued() {
        let (_dir, writer, reader) = writer();
        for n in 0..500 {
            drop(writer.send(move |c| c.execute("INSERT INTO t VALUES (?1)", [n])));
        }
        drop(writer);
        assert_eq!(count(&reader), 500);
    }
}
