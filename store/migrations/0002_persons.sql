-- Which records are one person, and who was erased: what core/person.hpp calls Persons, around the records of this file. Small: most
-- records are a person by themselves and have no row here. No personal data: ids, names of fields, versions.

-- Statements "these two are one person"; a < b. `seq`: the ledger row that said it, 0 where its removal came first.
-- `removed_seq`: the row that removed it, 0 while it stands.
CREATE TABLE links (
  a           BLOB NOT NULL,
  b           BLOB NOT NULL,
  version     TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  removed_seq INTEGER NOT NULL,
  row_check   BLOB NOT NULL,
  PRIMARY KEY (a, b, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_b ON links (b);

-- "Take this field from that record." `ties`: the statements at the record that its author saw, a JSON array of [a, b, version].
CREATE TABLE choices (
  record    BLOB NOT NULL,
  field     TEXT NOT NULL,
  version   TEXT NOT NULL,
  ties      TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  row_check BLOB NOT NULL,
  PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;

-- The erased, in the order in which this file learned of it. `records`: how many records were scrubbed so far, this one included,
-- so that nobody counts them.
CREATE TABLE tombstones (
  n         INTEGER PRIMARY KEY,
  record    BLOB NOT NULL,
  seq       INTEGER NOT NULL,
  erased_at INTEGER NOT NULL,
  records   INTEGER NOT NULL,
  row_check BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX tombstones_record ON tombstones (record);
