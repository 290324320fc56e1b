-- Schema 10: what translators gave, apart from the memory of what machines answered.

CREATE TABLE human (
    key  BLOB PRIMARY KEY,                  -- hash of the Indonesian text and the languages
    id   TEXT NOT NULL,                     -- Indonesian
    en   TEXT NOT NULL,                     -- English
    by   TEXT NOT NULL                      -- who, as the import says
) STRICT, WITHOUT ROWID;
