//! The schema and its migrations, forward only.
//!
//! Place in the data way: runs once when the state is opened.
//! It must never change a released schema file, and never touch a file that is newer or not Kabar's.

use std::path::Path;

use rusqlite::Connection;

use super::error::StateError;

/// `PRAGMA application_id` of a Kabar state: "KABR".
const APPLICATION_ID: i64 = 0x4b41_4252;

/// Every schema step, in order; `user_version` counts how many were applied.
const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
    include_str!("schema/0008.sql"),
    include_str!("schema/0009.sql"),
    include_str!("schema/0010.sql"),
    include_str!("schema/0011.sql"),
    include_str!("schema/0012.sql"),
    include_str!("schema/0013.sql"),
    include_str!("schema/0014.sql"),
    include_str!("schema/0015.sql"),
];

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the newest schema: all steps that it lacks, or none of them.
pub fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StateError> {
    let sqlite = |source| StateError::Sqlite { path: path.to_path_buf(), source };
    let version = version(connection, path)?;
    if version == known() {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(sqlite)?;
    for (_, sql) in (1_i64..).zip(STEPS).filter(|(step, _)| *step > version) {
        transaction.execute_batch(sql).map_err(sqlite)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)?;
    transaction.pragma_update(None, "user_version", known()).map_err(sqlite)?;
    transaction.commit().map_err(sqlite)
}

/// Refuses a database that is newer or not Kabar's; an empty one is welcome.
pub fn require_openable(connection: &Connection, path: &Path) -> Result<(), StateError> {
    version(connection, path).map(|_| ())
}

/// Whether the database lacks steps of the newest schema.
pub fn is_older(connection: &Connection, path: &Path) -> Result<bool, StateError> {
    version(connection, path).map(|version| version < known())
}

/// Refuses a database that this program cannot read.
pub fn require_known(connection: &Connection, path: &Path) -> Result<(), StateError> {
    match version(connection, path)? {
        0 => Err(StateError::Foreign { path: path.to_path_buf() }),
        _ => Ok(()),
    }
}

/// The applied schema, 0 for an empty database.
fn version(connection: &Connection, path: &Path) -> Result<i64, StateError> {
    let sqlite = |source| StateError::Sqlite { path: path.to_path_buf(), source };
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(sqlite);
    let found = pragma("user_version")?;
    let application = pragma("application_id")?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sqlite)?;
    if application != APPLICATION_ID && (tables > 0 || found > 0) {
        return Err(StateError::Foreign { path: path.to_path_buf() });
    }
    if found > known() {
        return Err(StateError::Newer { path: path.to_path_buf(), found, known: known() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        drop(State::open(dir.path(), "", "test").unwrap());
        let path = dir.path().join(crate::state::DATABASE);
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(State::open(dir.path(), "", "test"), Err(StateError::Newer { found: 99, .. })));
        assert!(matches!(State::open_for_reading(dir.path(), ""), Err(StateError::Newer { .. })));
    }

    #[test]
    fn somebody_elses_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(crate::state::DATABASE);
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
        assert!(matches!(State::open(dir.path(), "", "test"), Err(StateError::Foreign { .. })));
    }

    #[test]
    fn a_file_that_is_no_database_is_unreadable() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(crate::state::DATABASE), "x".repeat(5_000)).unwrap();
        assert!(matches!(State::open(dir.path(), "", "test"), Err(StateError::Sqlite { .. })));
    }
}
