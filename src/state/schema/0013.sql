-- Schema 13: what is to be asked for again whatever the memory knows; inputs that could not be read, by output folder.

ALTER TABLE units ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;  -- opened again by --force, and not answered since

DROP TABLE failures;                         -- it held no more than the last look, of whatever output folder
CREATE TABLE failures (                      -- inputs that could not be read at the last look
    root   TEXT NOT NULL,                    -- the output folder, as in articles
    path   TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;
