-- Schema 4: requests that travel in batches.

CREATE TABLE batches (                       -- those that are not collected yet
    id        INTEGER PRIMARY KEY,
    backend   TEXT NOT NULL,                 -- its name in the configuration
    token     TEXT NOT NULL UNIQUE,          -- ours; the provider repeats it, so that a lost batch is found
    remote    TEXT,                          -- the provider's id; NULL until it has said one
    submitted TEXT NOT NULL,                 -- when the intent was stored, RFC 3339
    status    TEXT NOT NULL,                 -- the provider's word
    requests  INTEGER NOT NULL,
    done      INTEGER NOT NULL DEFAULT 0,
    failed    INTEGER NOT NULL DEFAULT 0,
    day       TEXT NOT NULL,                 -- when it was submitted, as in `spending`
    currency  TEXT NOT NULL,                 -- what it is expected to cost; '' where there is no price
    expected  REAL NOT NULL
) STRICT;

CREATE TABLE batch_items (                   -- one request of an open unit
    id        INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL UNIQUE,          -- of the backend and what is sent
    unit      INTEGER NOT NULL REFERENCES units (id) ON DELETE CASCADE,
    backend   TEXT NOT NULL,
    batch     INTEGER REFERENCES batches (id) ON DELETE SET NULL,  -- the one that it waits in
    n         INTEGER NOT NULL,              -- its number there
    sent      INTEGER NOT NULL,              -- how often it was submitted
    status    INTEGER,                       -- HTTP status of the answer, once there is one
    body      TEXT,                          -- the answer, without keys
    mixed     INTEGER NOT NULL DEFAULT 0,    -- whether its batch brought good answers, too
    why       TEXT                           -- why the last batch brought no answer
) STRICT;

CREATE INDEX batch_items_of_unit ON batch_items (unit, backend);
CREATE INDEX batch_items_of_batch ON batch_items (batch, n);

CREATE TABLE batch_texts (                   -- which texts an open unit asks for by batch, so that no other one does
    unit      INTEGER NOT NULL REFERENCES units (id) ON DELETE CASCADE,
    backend   TEXT NOT NULL,
    round     INTEGER NOT NULL,              -- texts of one round travel together
    key       BLOB NOT NULL,                 -- the text's key in the memory
    PRIMARY KEY (unit, backend, round, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX batch_texts_of_key ON batch_texts (key, backend);
