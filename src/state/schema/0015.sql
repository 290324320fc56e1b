-- Schema 15: units that are no longer part of their article, while answers to them are on the way.

ALTER TABLE units ADD COLUMN former TEXT;   -- the title of the version that it was part of ('' where it had none); NULL for a unit of the present one
