-- Schema 5: a text that its unit got no good answer for is free for other units, while the unit still asks in its company.

ALTER TABLE batch_texts ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
