//! What each outlet sent, hour by hour, and which alarms stand.
//!
//! Place in the data way: `plan` counts new articles here; the run judges them and notes its alarms.
//! It must never count an article twice: only those that were not known by name.

use rusqlite::params;

use super::{State, StateError, from_json, to_json};
use crate::model::alarm::{Alarm, Arrivals, Volume};

impl State {
    /// Adds what came.
    pub async fn arrive(&self, arrivals: Arrivals) -> Result<(), StateError> {
        let root = self.inner.root.clone();
        self.write(move |c| {
            let Arrivals { outlet, hour, volume: v } = arrivals;
            c.prepare_cached(
                "INSERT INTO arrivals (root, outlet, hour, articles, repeats, stubs, languages)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET articles = articles + excluded.articles, repeats = repeats + excluded.repeats,
                     stubs = stubs + excluded.stubs, languages = languages + excluded.languages",
            )?
            .execute(params![root, outlet, hour, v.articles, v.repeats, v.stubs, v.languages])
            .map(|_| ())
        })
        .await
    }

    /// What came after the hour `after`; what is older is of no use any more and forgotten with the next alarms.
    pub fn arrivals(&self, after: i64) -> Result<Vec<Arrivals>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT outlet, hour, articles, repeats, stubs, languages FROM arrivals
                 WHERE root = ?1 AND hour > ?2 ORDER BY outlet, hour",
            )?
            .query_map(params![root, after], |row| {
                let volume = Volume {
                    articles: row.get("articles")?,
                    repeats: row.get("repeats")?,
                    stubs: row.get("stubs")?,
                    languages: row.get("languages")?,
                };
                Ok(Arrivals { outlet: row.get("outlet")?, hour: row.get("hour")?, volume })
            })?
            .collect()
        })
    }

    /// Replaces the alarms that stand and forgets arrivals up to the hour `until`.
    pub async fn set_alarms(&self, alarms: Vec<Alarm>, until: i64) -> Result<(), StateError> {
        let root = self.inner.root.clone();
        self.write(move |c| {
            c.execute("DELETE FROM arrivals WHERE root = ?1 AND hour <= ?2", params![root, until])?;
            c.execute("DELETE FROM alarms WHERE root = ?1", [&root])?;
            let mut add = c.prepare_cached("INSERT INTO alarms (root, outlet, kind, alarm) VALUES (?1, ?2, ?3, ?4)")?;
            alarms.iter().try_for_each(|alarm| {
                add.execute(params![root, alarm.outlet, alarm.kind.as_str(), to_json(alarm)?]).map(|_| ())
            })
        })
        .await
    }

    /// The alarms of the last run.
    pub fn alarms(&self) -> Result<Vec<Alarm>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached("SELECT alarm FROM alarms WHERE root = ?1 ORDER BY outlet, kind")?
                .query_map([root], |row| from_json(row, "alarm"))?
                .collect()
        })
    }
}
