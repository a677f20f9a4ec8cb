-- What customers are found by (docs/search.md). Derived from the ledger up to the cursor of the feed "search", so it may be thrown
-- away and made anew; a record is always read and judged itself before it is shown.

-- One row: under this term customer n may be found.
CREATE TABLE search_terms (
  term BLOB NOT NULL,
  n    INTEGER NOT NULL,
  PRIMARY KEY (term, n)
) STRICT, WITHOUT ROWID;

-- Each word of a name that some term begins with, kind first: what a word with slips in it is compared with. Readers keep them in
-- memory and read on from the last id they know.
CREATE TABLE search_words (
  id   INTEGER PRIMARY KEY,
  word BLOB NOT NULL UNIQUE
) STRICT;
