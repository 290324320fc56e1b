-- Schema 11: files that stand in the output folder while there is work left, so that they can go with their input.

ALTER TABLE articles ADD COLUMN earlier TEXT;   -- what was written for earlier results, or of the headline alone; JSON as in outputs
