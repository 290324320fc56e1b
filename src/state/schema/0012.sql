-- Schema 12: which articles nearly repeat another one, also of an earlier run.

ALTER TABLE articles ADD COLUMN near_of TEXT;      -- the input of the article that it nearly repeats
ALTER TABLE articles ADD COLUMN near_alike INTEGER;  -- how much both have in common, in percent

CREATE INDEX articles_near ON articles (root, id) WHERE near_of IS NOT NULL;

CREATE TABLE sketches (                            -- of articles that repeat none: later ones are compared with them
    article   INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    sketch    BLOB NOT NULL                        -- the fingerprint of the story
) STRICT;

CREATE TABLE sketch_bands (                        -- articles that are alike have a band in common
    band      INTEGER NOT NULL,
    article   INTEGER NOT NULL REFERENCES sketches (article) ON DELETE CASCADE,
    PRIMARY KEY (band, article)
) STRICT, WITHOUT ROWID;

CREATE INDEX sketch_bands_of_article ON sketch_bands (article);
