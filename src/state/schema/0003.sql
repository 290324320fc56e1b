-- Schema 3: what was spent, for budgets of a day and of a month.

CREATE TABLE spending (
    day       TEXT NOT NULL,                 -- date where the run was, such as 2026-11-26
    backend   TEXT NOT NULL,
    currency  TEXT NOT NULL,                 -- ISO 4217
    amount    REAL NOT NULL,
    PRIMARY KEY (day, backend, currency)
) STRICT, WITHOUT ROWID;
