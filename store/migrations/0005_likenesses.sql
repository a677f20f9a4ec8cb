-- Who may be here twice (docs/matching.md). Derived by the feed "likeness" from the records, but for what people said of a pair.

-- Two records, a < b, that are the same person by `chance` in 10,000, as they stood when the row was written; whoever shows them
-- judges anew. `apart_seq`: the ledger row in which somebody said that they are two, 0 while nobody has.
CREATE TABLE likenesses (
  a         BLOB NOT NULL,
  b         BLOB NOT NULL,
  chance    INTEGER NOT NULL,
  apart_seq INTEGER NOT NULL,
  row_check BLOB NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE INDEX likenesses_b ON likenesses (b);
CREATE INDEX likenesses_open ON likenesses (chance, a, b) WHERE apart_seq = 0;

-- The search index holds the keys by which look-alikes are found from now on: it is made anew.
DROP TABLE search_terms;
DROP TABLE search_words;
CREATE TABLE search_terms (
  term BLOB NOT NULL,
  n    INTEGER NOT NULL,
  PRIMARY KEY (term, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE search_words (
  id   INTEGER PRIMARY KEY,
  word BLOB NOT NULL UNIQUE
) STRICT;
DELETE FROM feeds WHERE name = 'search';
