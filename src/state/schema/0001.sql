-- Schema 1. Each released schema stays as it is; a change is a new file.

CREATE TABLE articles (
    id        INTEGER PRIMARY KEY,
    root      TEXT NOT NULL,                 -- the output folder; '' where the state lies inside it
    name      TEXT NOT NULL,                 -- output path below the output folder, without extension
    path      TEXT NOT NULL,                 -- the input as it was given
    sha256    TEXT NOT NULL,                 -- of the input's bytes
    plan      BLOB NOT NULL,                 -- hash of everything besides the input that decides the units
    open      INTEGER NOT NULL,              -- units without a result
    outcome   TEXT NOT NULL DEFAULT 'pending' CHECK (outcome IN ('pending', 'done', 'flagged', 'failed')),
    outputs   TEXT,                          -- what was written for the present results, JSON; NULL until delivered
    run       TEXT NOT NULL,                 -- the last run that had work for it
    UNIQUE (root, name)
) STRICT;

-- Apart from `articles`, whose rows change with every unit: a long text must not be written again each time.
CREATE TABLE texts (
    id        INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    title     TEXT,
    article   TEXT NOT NULL                  -- the sectioned article, JSON
) STRICT;

CREATE INDEX articles_undelivered ON articles (run, id) WHERE open = 0 AND outputs IS NULL;

CREATE TABLE units (
    id        INTEGER PRIMARY KEY,
    article   INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    n         INTEGER NOT NULL,              -- order inside the article
    key       BLOB NOT NULL,                 -- hash of what is sent
    work      TEXT NOT NULL,                 -- what is asked, JSON
    segments  INTEGER NOT NULL,
    status    TEXT NOT NULL CHECK (status IN ('open', 'done', 'flagged', 'failed')),
    backends  TEXT,                          -- who answered, comma-separated
    result    TEXT                           -- what came of it, JSON
) STRICT;

CREATE INDEX units_of_article ON units (article, n);
CREATE INDEX units_open ON units (id) WHERE status = 'open';

CREATE TABLE memory (
    key       BLOB PRIMARY KEY,              -- hash of what was sent
    kind      TEXT NOT NULL CHECK (kind IN ('segment', 'summary')),
    id        TEXT NOT NULL,                 -- Indonesian
    en        TEXT NOT NULL,                 -- English (a summary: JSON)
    backend   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE failures (                      -- inputs that could not be read at the last look
    path      TEXT PRIMARY KEY,
    reason    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    run       TEXT PRIMARY KEY,
    started   TEXT NOT NULL,                 -- RFC 3339
    finished  TEXT,
    receipt   TEXT                           -- JSON
) STRICT, WITHOUT ROWID;
