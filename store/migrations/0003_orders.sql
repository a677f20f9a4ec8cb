-- Orders as they stand. A create writes ledger, ids, orders and its two indexes, and nothing else.
CREATE TABLE orders (
  n          INTEGER PRIMARY KEY,  -- seq of its first ledger row: the order of arrival in this file
  id         BLOB NOT NULL,        -- found through `ids`
  customer   BLOB,                 -- none: a walk-in. This and the next two are what `state` says, for the indexes
  status     INTEGER,              -- number of the state in OrderStatus; none: its beginning has not arrived
  settled_at INTEGER NOT NULL,     -- when it ended; the greatest integer while it has not, so that open ones count whatever their age
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_seq   INTEGER NOT NULL,
  row_check  BLOB NOT NULL,
  state      TEXT NOT NULL         -- canonical text; its digest is the ETag
) STRICT;
CREATE INDEX orders_customer ON orders (customer, settled_at) WHERE customer IS NOT NULL;
CREATE INDEX orders_status ON orders (status);
