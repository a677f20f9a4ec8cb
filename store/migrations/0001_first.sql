-- The first schema. Never edited once released: a change is a new numbered file.
-- Blobs: ids 16 bytes, digests 32 bytes, row checks 16 bytes. Times: UTC milliseconds since 1970. seq 0: "before the first row".
-- A create writes ledger, ids, customers with its index, and nothing else: each further tree is another page in every commit.
-- `row_check` covers all other columns of its row (store/row_check.hpp). The ledger's rows are covered by their chain.

-- One row: the current life of this file, written when it begins and ends. What moves with every change is in the ledger.
CREATE TABLE state (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  hlc             INTEGER NOT NULL,  -- highest version issued or received when this was written; later ones are in the ledger
  clean_stop      INTEGER NOT NULL,  -- 1 only between an orderly stop and the next start
  -- The current epoch. Its row in `epochs` appears with its first ledger row, so a crash loop leaves no trail of empty ones.
  epoch           BLOB NOT NULL,
  epoch_replaces  BLOB,
  epoch_seq       INTEGER NOT NULL,
  epoch_digest    BLOB NOT NULL,
  opened_at       INTEGER NOT NULL,
  row_check       BLOB NOT NULL
) STRICT;

-- The path of this file: every epoch that wrote a row, oldest first, and the row after which it began.
CREATE TABLE epochs (
  id          INTEGER PRIMARY KEY,
  epoch       BLOB NOT NULL UNIQUE,
  replaces    BLOB,
  root_seq    INTEGER NOT NULL,
  root_digest BLOB NOT NULL,
  opened_at   INTEGER NOT NULL,
  row_check   BLOB NOT NULL
) STRICT;

CREATE TABLE ledger (
  seq          INTEGER PRIMARY KEY,
  epoch        INTEGER NOT NULL REFERENCES epochs (id),
  prior        INTEGER NOT NULL,  -- the previous change of the same record; 0: none
  customers    INTEGER NOT NULL,  -- how many there were after this row, so that nobody counts a million rows
  recorded_at  INTEGER NOT NULL,  -- as in the envelope, like
  change_id    BLOB NOT NULL,     -- this one, to be read without decoding it
  payload_hash BLOB NOT NULL,
  digest       BLOB NOT NULL,
  envelope     TEXT NOT NULL,     -- the bytes that were hashed and that travel
  payload      TEXT               -- none once blanked by an erasure
) STRICT;

-- Every id that a ledger row brought into the world, and which row: of the change itself, and of the customer it created.
-- Both begin with the time of the Idempotency-Key where that has one, so they lie together.
CREATE TABLE ids (
  id  BLOB PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
  n             INTEGER PRIMARY KEY,  -- seq of its first ledger row: the order of arrival in this file
  id            BLOB NOT NULL,        -- found through `ids`
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  last_seq      INTEGER NOT NULL,
  licence_index BLOB,                 -- keyed hash of the sealed number; no index on it as long as nobody looks it up
  medical_index BLOB,
  row_check     BLOB NOT NULL,
  state         TEXT NOT NULL         -- canonical text; its digest is the ETag
) STRICT;
CREATE INDEX customers_updated ON customers (updated_at);

-- Kept answers of commands that had nothing to write; the others are found by their change. Rows come and go in order of n.
CREATE TABLE answers (
  n          INTEGER PRIMARY KEY,
  key        BLOB NOT NULL,     -- the change id that the command would have had
  record     BLOB NOT NULL,
  seq        INTEGER NOT NULL,  -- the state right after this ledger row was the answer
  created_at INTEGER NOT NULL,
  row_check  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX answers_key ON answers (key);

-- One consumer's durable cursor over the ledger.
CREATE TABLE feeds (
  name          TEXT PRIMARY KEY,
  cursor_seq    INTEGER NOT NULL,
  cursor_digest BLOB NOT NULL,
  ho_epoch      BLOB,
  last_error    TEXT NOT NULL,
  updated_at    INTEGER NOT NULL,
  row_check     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
