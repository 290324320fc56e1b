-- Schema 8: what each outlet sends, to notice when it does not.

CREATE TABLE arrivals (
    root      TEXT NOT NULL,                 -- as in articles
    outlet    TEXT NOT NULL,                 -- '' where a run looked, whatever it found
    hour      INTEGER NOT NULL,              -- hours of Unix time
    articles  INTEGER NOT NULL,              -- new ones
    repeats   INTEGER NOT NULL,              -- of them: the text of another article that is still there
    stubs     INTEGER NOT NULL,              -- of them: the first lines before a paywall
    languages INTEGER NOT NULL,              -- of them: not in Indonesian
    PRIMARY KEY (root, outlet, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
    root      TEXT NOT NULL,
    outlet    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    alarm     TEXT NOT NULL,                 -- JSON
    PRIMARY KEY (root, outlet, kind)
) STRICT, WITHOUT ROWID;
