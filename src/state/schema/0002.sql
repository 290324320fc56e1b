-- Schema 2: whose turn comes first.

ALTER TABLE articles ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;   -- holds a word of the watch list
ALTER TABLE articles ADD COLUMN published INTEGER;                    -- Unix seconds; NULL where the article has no date
ALTER TABLE articles ADD COLUMN place INTEGER NOT NULL DEFAULT 0;     -- among the inputs of the last run that had work for it

CREATE INDEX articles_open ON articles (run) WHERE open > 0;
