-- Schema 9: what an upgrade has tried in vain.

ALTER TABLE units ADD COLUMN vain TEXT;   -- the better backends that could not do it as well, with their models
