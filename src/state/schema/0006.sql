-- Schema 6: how good the English of an article is.

ALTER TABLE articles ADD COLUMN tier TEXT;   -- the last backend in order of failover that gave some of it; NULL where none did
