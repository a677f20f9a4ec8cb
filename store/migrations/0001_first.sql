-- The first schema. Never edited once released: a change is a new numbered file.
-- Blobs: ids 16 bytes, digests 32 bytes. Times: UTC milliseconds since 1970. seq 0: "before the first row".
-- Each random secondary index costs about as much as the row itself, so there is one per look-up and no more.

-- One row: what must move together with the ledger but belongs to no record.
CREATE TABLE state (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  hlc             INTEGER NOT NULL,  -- highest version ever issued or received; never runs backwards
  clean_stop      INTEGER NOT NULL,  -- 1 only between an orderly stop and the next start
  customers       INTEGER NOT NULL,  -- kept incrementally, so that nobody counts a million rows
  ledger_rows     INTEGER NOT NULL,
  -- The current epoch. Its row in `epochs` appears with its first ledger row, so a crash loop leaves no trail of empty ones.
  epoch           BLOB NOT NULL,
  epoch_replaces  BLOB,
  epoch_seq       INTEGER NOT NULL,
  epoch_digest    BLOB NOT NULL,
  opened_at       INTEGER NOT NULL
) STRICT;

-- The path of this file: every epoch that wrote a row, oldest first, and the row after which it began.
CREATE TABLE epochs (
  id          INTEGER PRIMARY KEY,
  epoch       BLOB NOT NULL UNIQUE,
  replaces    BLOB,
  root_seq    INTEGER NOT NULL,
  root_digest BLOB NOT NULL,
  opened_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger (
  seq          INTEGER PRIMARY KEY,
  epoch        INTEGER NOT NULL REFERENCES epochs (id),
  prior        INTEGER NOT NULL,  -- the previous change of the same record; 0: none
  recorded_at  INTEGER NOT NULL,
  change_id    BLOB NOT NULL,
  key          BLOB NOT NULL,
  source       TEXT NOT NULL,     -- local, ho:<ho_epoch>, pos:<account>
  payload_hash BLOB NOT NULL,
  digest       BLOB NOT NULL,
  envelope     TEXT NOT NULL,     -- the bytes that were hashed and that travel
  payload      TEXT               -- none once blanked by an erasure
) STRICT;
CREATE UNIQUE INDEX ledger_change ON ledger (change_id);

-- `state` is the canonical text, `digest` its checksum and ETag: verified on every read.
CREATE TABLE customers (
  n             INTEGER PRIMARY KEY,  -- order of arrival in this file
  id            BLOB NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  last_seq      INTEGER NOT NULL,
  digest        BLOB NOT NULL,
  licence_index BLOB,                 -- keyed hash of the sealed number
  medical_index BLOB,
  state         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX customers_id ON customers (id);
CREATE INDEX customers_updated ON customers (updated_at, id);
CREATE INDEX customers_licence ON customers (licence_index) WHERE licence_index IS NOT NULL;
CREATE INDEX customers_medical ON customers (medical_index) WHERE medical_index IS NOT NULL;

-- Kept answers: which request a key stood for and which state answered it. Rows come and go in order of n.
CREATE TABLE answers (
  n          INTEGER PRIMARY KEY,
  key        BLOB NOT NULL,     -- derived from scope and Idempotency-Key
  request    BLOB NOT NULL,
  customer   BLOB NOT NULL,
  seq        INTEGER NOT NULL,  -- the state right after this ledger row was the answer
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX answers_key ON answers (key);

-- One consumer's durable cursor over the ledger.
CREATE TABLE feeds (
  name          TEXT PRIMARY KEY,
  cursor_seq    INTEGER NOT NULL,
  cursor_digest BLOB NOT NULL,
  ho_epoch      BLOB,
  last_error    TEXT NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
