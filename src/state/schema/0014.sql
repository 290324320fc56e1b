-- Schema 14: which file an article was read from, whatever folder the run began in.

ALTER TABLE articles ADD COLUMN file BLOB;   -- absolute path of the file that holds the input; NULL for standard input, and until a run saw it again
