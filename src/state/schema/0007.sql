-- Schema 7: the same text under another name, and what an article said before it was rewritten.

ALTER TABLE articles ADD COLUMN content BLOB;    -- hash of its title and paragraphs
ALTER TABLE articles ADD COLUMN url TEXT;        -- the address of the page, where the input says it

CREATE INDEX articles_by_content ON articles (content);
CREATE INDEX articles_by_url ON articles (url) WHERE url IS NOT NULL;

CREATE TABLE former (
    article    INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    sha256     TEXT NOT NULL,                    -- of the input as it was
    run        TEXT NOT NULL,                    -- the run that found it rewritten
    paragraphs TEXT NOT NULL,                    -- those that stand in it no more, in both languages, JSON
    PRIMARY KEY (article, sha256)
) STRICT, WITHOUT ROWID;
