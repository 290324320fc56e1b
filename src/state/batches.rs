//! Batches at providers: what was submitted, what came back, and who waits for it.
//!
//! Place in the data way: `pipeline` stores the intent before it submits, and the answers before it works on them; they go
//! when their unit is finished, or came into the memory after an edit took that unit out of its article. It must never forget a batch that may have been submitted.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::units::claim;
use super::{State, StateError, spending};
use crate::model::key::Key;
use crate::model::spend::Spend;
use crate::model::unit::{ArticleId, Claim, UnitId};

/// A batch that is not collected yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchRow {
    /// Its row.
    #[serde(skip)]
    pub id: i64,
    /// The backend's name.
    pub backend: String,
    /// Our token.
    pub token: String,
    /// The provider's id; `None` while it is not known whether the batch arrived.
    pub batch: Option<String>,
    /// When it was submitted, RFC 3339.
    pub submitted: String,
    /// The provider's word for how it stands.
    pub status: String,
    /// Requests in it.
    pub requests: u64,
    /// Requests answered so far.
    pub done: u64,
    /// Requests failed so far.
    pub failed: u64,
    /// The date where it was submitted, such as `2026-11-26`.
    pub day: String,
}

/// A batch that is about to be submitted.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Our token.
    pub token: String,
    /// Now, RFC 3339.
    pub submitted: String,
    /// What it is expected to cost, and the date where it is submitted.
    pub expected: Spend,
    /// Its requests in order: hash, and the unit that asks.
    pub items: Vec<(Key, UnitId)>,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// It was answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
        /// Whether its batch brought good answers, too: then a refusal is about this request.
        mixed: bool,
    },
    /// It waits in a batch.
    Waiting,
    /// It was in a batch that brought no answer.
    Unanswered {
        /// How often it was submitted.
        sent: u32,
        /// Why there is no answer.
        why: String,
    },
}

/// The texts that a unit asks for in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Their keys in the memory.
    pub keys: Vec<Key>,
    /// Whether they were taken by an earlier call.
    pub before: bool,
}

/// What came of the requests of a batch, by their number in it.
#[derive(Debug, Clone, Default)]
pub struct Harvest {
    /// Answers: number, status, body.
    pub answers: Vec<(u64, u16, String)>,
    /// Requests without an answer, with the reason.
    pub unanswered: Vec<(u64, String)>,
    /// The reason for all requests that are not named.
    pub otherwise: String,
    /// What the answers cost.
    pub spent: Option<Spend>,
}

impl State {
    /// Stores the intent to submit a batch. Returns its row.
    pub async fn begin_batch(&self, batch: NewBatch) -> Result<i64, StateError> {
        self.write(move |c| begin(c, &batch)).await
    }

    /// Notes how a batch stands, and the provider's id for it.
    pub async fn batch_stands(&self, batch: BatchRow) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("UPDATE batches SET remote = ?2, status = ?3, done = ?4, failed = ?5 WHERE id = ?1")?
                .execute(params![batch.id, batch.batch, batch.status, batch.done, batch.failed])
                .map(|_| ())
        })
        .await
    }

    /// Forgets a batch that the provider did not take: its requests count as never submitted.
    pub async fn batch_refused(&self, batch: i64) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("DELETE FROM batch_items WHERE batch = ?1 AND sent <= 1")?.execute([batch])?;
            c.prepare_cached("UPDATE batch_items SET sent = sent - 1 WHERE batch = ?1")?.execute([batch])?;
            c.prepare_cached("DELETE FROM batches WHERE id = ?1")?.execute([batch]).map(|_| ())
        })
        .await
    }

    /// Stores what came of a batch and closes it, in one transaction. An answer that is there already stays.
    pub async fn collect_batch(&self, batch: i64, harvest: Harvest) -> Result<(), StateError> {
        self.write(move |c| collect(c, batch, &harvest)).await
    }

    /// All batches that are not collected yet, oldest first.
    pub fn batches(&self) -> Result<Vec<BatchRow>, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT * FROM batches ORDER BY id")?
                .query_map([], |row| {
                    Ok(BatchRow {
                        id: row.get("id")?,
                        backend: row.get("backend")?,
                        token: row.get("token")?,
                        batch: row.get("remote")?,
                        submitted: row.get("submitted")?,
                        status: row.get("status")?,
                        requests: row.get("requests")?,
                        done: row.get("done")?,
                        failed: row.get("failed")?,
                        day: row.get("day")?,
                    })
                })?
                .collect()
        })
    }

    /// What the batches that are not collected yet are expected to cost.
    pub fn expected_spending(&self) -> Result<Vec<Spend>, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT day, backend, currency, expected FROM batches WHERE currency <> ''")?
                .query_map([], |row| {
                    Ok(Spend {
                        day: row.get("day")?,
                        backend: row.get("backend")?,
                        currency: row.get("currency")?,
                        amount: row.get("expected")?,
                    })
                })?
                .collect()
        })
    }

    /// What is known of a request; `None` where it was never submitted, or its unit is finished.
    pub fn batch_item(&self, hash: Key) -> Result<Option<Item>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT batch IS NOT NULL AS waits, sent, status, body, mixed, why FROM batch_items WHERE hash = ?1",
            )?
            .query_row([hash.0], |row| {
                let status: Option<u16> = row.get("status")?;
                let text = |column: &str| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
                Ok(match status {
                    Some(status) => Item::Answered { status, body: text("body")?, mixed: row.get("mixed")? },
                    None if row.get("waits")? => Item::Waiting,
                    None => Item::Unanswered { sent: row.get("sent")?, why: text("why")? },
                })
            })
            .optional()
        })
    }

    /// Forgets what is known of a request, so that it is asked anew.
    pub async fn forget_batch_item(&self, hash: Key) -> Result<(), StateError> {
        self.write(move |c| c.prepare_cached("DELETE FROM batch_items WHERE hash = ?1")?.execute([hash.0]).map(|_| ()))
            .await
    }

    /// Whether a unit has asked a backend by batch.
    pub fn asks_by_batch(&self, unit: UnitId, backend: &str) -> Result<bool, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT EXISTS (SELECT 1 FROM batch_items WHERE unit = ?1 AND backend = ?2)")?
                .query_row(params![unit.0, backend], |row| row.get(0))
        })
    }

    /// The texts that a unit asks for by batch in this round: those of the last time, where the round was begun before; else
    /// those of `keys` that neither it nor another unit of the run's articles asks for.
    pub async fn take_batch_texts(
        &self,
        (unit, backend, round): (UnitId, &str, u32),
        keys: Vec<Key>,
        run: &str,
    ) -> Result<Taken, StateError> {
        let (backend, run) = (backend.to_owned(), run.to_owned());
        self.write(move |c| take_texts(c, (unit, &backend, round), &keys, &run)).await
    }

    /// Units that are no longer part of their article, and for which nothing is waited any more: with the title that they
    /// were asked under.
    pub fn left_behind(&self) -> Result<Vec<Claim>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT units.id, units.article, nullif(former, '') AS title, work, NULL AS result, 0 AS fresh
                 FROM units JOIN articles ON articles.id = units.article
                 WHERE root = ?1 AND former IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM batch_items WHERE unit = units.id AND batch IS NOT NULL)
                 ORDER BY units.id",
            )?
            .query_map([&self.inner.root], |row| claim(row, ArticleId(row.get("article")?)))?
            .collect()
        })
    }

    /// Forgets a unit that is no longer part of its article.
    pub async fn drop_unit(&self, unit: UnitId) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("DELETE FROM units WHERE id = ?1 AND former IS NOT NULL")?.execute([unit.0]).map(|_| ())
        })
        .await
    }

    /// Notes that a unit got no good answer for texts of a round: others need not wait for it.
    pub async fn settle_batch_texts(&self, unit: UnitId, backend: &str, keys: Vec<Key>) -> Result<(), StateError> {
        let backend = backend.to_owned();
        self.write(move |c| {
            let mut settle =
                c.prepare_cached("UPDATE batch_texts SET settled = 1 WHERE unit = ?1 AND backend = ?2 AND key = ?3")?;
            keys.iter().try_for_each(|key| settle.execute(params![unit.0, backend, key.0]).map(|_| ()))
        })
        .await
    }

    /// Gives texts of a round back that need not be asked for.
    pub async fn give_back_batch_texts(
        &self,
        (unit, backend, round): (UnitId, &str, u32),
        keys: Vec<Key>,
    ) -> Result<(), StateError> {
        let backend = backend.to_owned();
        self.write(move |c| {
            let mut delete = c.prepare_cached(
                "DELETE FROM batch_texts WHERE unit = ?1 AND backend = ?2 AND round = ?3 AND key = ?4",
            )?;
            keys.iter().try_for_each(|key| delete.execute(params![unit.0, backend, round, key.0]).map(|_| ()))
        })
        .await
    }
}

fn begin(c: &Connection, batch: &NewBatch) -> rusqlite::Result<i64> {
    let id = c
        .prepare_cached(
            "INSERT INTO batches (backend, token, submitted, status, requests, day, currency, expected)
             VALUES (?1, ?2, ?3, 'submitting', ?4, ?5, ?6, ?7) RETURNING id",
        )?
        .query_row(
            params![
                batch.expected.backend,
                batch.token,
                batch.submitted,
                batch.items.len(),
                batch.expected.day,
                batch.expected.currency,
                batch.expected.amount
            ],
            |row| row.get(0),
        )?;
    let mut insert = c.prepare_cached(
        "INSERT INTO batch_items (hash, unit, backend, batch, n, sent) VALUES (?1, ?2, ?3, ?4, ?5, 1)
         ON CONFLICT (hash) DO UPDATE SET batch = excluded.batch, n = excluded.n, sent = sent + 1",
    )?;
    for (n, (hash, unit)) in batch.items.iter().enumerate() {
        insert.execute(params![hash.0, unit.0, batch.expected.backend, id, n])?;
    }
    Ok(id)
}

fn collect(c: &Connection, batch: i64, harvest: &Harvest) -> rusqlite::Result<()> {
    let mut answer = c.prepare_cached(
        "UPDATE batch_items SET status = ?3, body = ?4, mixed = ?5, batch = NULL
         WHERE batch = ?1 AND n = ?2 AND status IS NULL",
    )?;
    let mixed = harvest.answers.iter().any(|(_, status, _)| (200..300).contains(status));
    for (n, status, body) in &harvest.answers {
        answer.execute(params![batch, n, status, body, mixed])?;
    }
    spending::book(c, harvest.spent.as_slice())?;
    let mut unanswered =
        c.prepare_cached("UPDATE batch_items SET why = ?3, batch = NULL WHERE batch = ?1 AND n = ?2")?;
    for (n, why) in &harvest.unanswered {
        unanswered.execute(params![batch, n, why])?;
    }
    c.prepare_cached("UPDATE batch_items SET why = ?2, batch = NULL WHERE batch = ?1")?
        .execute(params![batch, harvest.otherwise])?;
    c.prepare_cached("DELETE FROM batches WHERE id = ?1")?.execute([batch]).map(|_| ())
}

fn take_texts(
    c: &Connection,
    (unit, backend, round): (UnitId, &str, u32),
    keys: &[Key],
    run: &str,
) -> rusqlite::Result<Taken> {
    let begun: Vec<Key> = c
        .prepare_cached("SELECT key FROM batch_texts WHERE unit = ?1 AND backend = ?2 AND round = ?3")?
        .query_map(params![unit.0, backend, round], |row| row.get(0).map(Key))?
        .collect::<rusqlite::Result<_>>()?;
    if !begun.is_empty() {
        return Ok(Taken { keys: begun, before: true });
    }
    let mut taken = c.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM batch_texts JOIN units ON units.id = batch_texts.unit
             JOIN articles ON articles.id = units.article
         WHERE batch_texts.key = ?1 AND batch_texts.backend = ?2
             AND (units.id = ?3 OR (units.status = 'open' AND articles.run = ?4 AND NOT batch_texts.settled)))",
    )?;
    let mut insert = c.prepare_cached("INSERT INTO batch_texts (unit, backend, round, key) VALUES (?1, ?2, ?3, ?4)")?;
    let mut mine = Vec::new();
    for key in keys {
        if !taken.query_row(params![key.0, backend, unit.0, run], |row| row.get(0))? {
            insert.execute(params![unit.0, backend, round, key.0])?;
            mine.push(*key);
        }
    }
    Ok(Taken { keys: mine, before: false })
}

/// Forgets what a finished unit asked for by batch.
pub(super) fn forget_unit(c: &Connection, unit: UnitId) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM batch_items WHERE unit = ?1")?.execute([unit.0])?;
    c.prepare_cached("DELETE FROM batch_texts WHERE unit = ?1")?.execute([unit.0]).map(|_| ())
}

/// Takes a unit out of its article. Where answers to it wait or came, it is kept until they are in the memory: they are
/// paid for. `title` is what it was asked under.
pub(super) fn let_go(c: &Connection, unit: UnitId, title: &str) -> rusqlite::Result<()> {
    let is_kept = c
        .prepare_cached(
            "UPDATE units SET former = coalesce(former, ?2), status = 'open' WHERE id = ?1 AND EXISTS
                 (SELECT 1 FROM batch_items WHERE unit = ?1 AND (batch IS NOT NULL OR status IS NOT NULL))",
        )?
        .execute(params![unit.0, title])?
        > 0;
    if is_kept {
        return Ok(());
    }
    c.prepare_cached("DELETE FROM units WHERE id = ?1")?.execute([unit.0]).map(|_| ())
}

/// Hands what an article asks for by batch over to the open units of the same text under another name.
pub(super) fn bequeath(c: &Connection, article: ArticleId) -> rusqlite::Result<()> {
    let heirs: Vec<(i64, i64)> = c
        .prepare_cached(
            "SELECT old.id, min(heir.id) FROM articles AS mine
             JOIN units AS old ON old.article = mine.id
             JOIN articles AS other ON other.content = mine.content AND other.root = mine.root AND other.id <> mine.id
             JOIN units AS heir ON heir.article = other.id AND heir.key = old.key
                 AND heir.status = 'open' AND heir.former IS NULL
             WHERE mine.id = ?1 AND EXISTS (SELECT 1 FROM batch_items WHERE unit = old.id)
                 AND NOT EXISTS (SELECT 1 FROM batch_texts WHERE unit = heir.id)
             GROUP BY old.id",
        )?
        .query_map([article.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (old, heir) in heirs {
        c.prepare_cached("UPDATE batch_items SET unit = ?2 WHERE unit = ?1")?.execute([old, heir])?;
        c.prepare_cached("UPDATE OR IGNORE batch_texts SET unit = ?2 WHERE unit = ?1")?.execute([old, heir])?;
    }
    Ok(())
}
