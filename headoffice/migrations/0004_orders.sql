-- What we know of one order, as hq.customer_state of a person. It names its customer by id; that customer's own row was committed
-- before it, since both came in one ledger.
CREATE TABLE hq.order_state (
  org text NOT NULL,
  id uuid NOT NULL,
  state text NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  fields jsonb NOT NULL,
  first_store text NOT NULL,
  first_received_at timestamptz NOT NULL,
  last_received_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,         -- of the newest field, by the clock of whoever wrote it
  PRIMARY KEY (org, id)
);
CREATE INDEX order_state_by_customer ON hq.order_state (org, (fields->>'customer'));

CREATE VIEW hq.orders AS
SELECT o.org, o.id, o.fields->>'number' AS number, (o.fields->>'customer')::uuid AS customer,
       o.fields->>'customer_type' AS customer_type, o.fields->>'status' AS status, o.fields->>'kind' AS kind,
       o.fields->>'payment' AS payment, o.fields->>'age_check' AS age_check, (o.fields->>'amount_cents')::bigint AS amount_cents,
       o.fields->>'notes' AS notes, o.fields->>'reason' AS reason, o.fields->>'cart' AS cart, o.fields->>'store' AS store,
       (o.fields->>'placed_at')::timestamptz AS placed_at, (o.fields->>'completed_at')::timestamptz AS completed_at,
       (o.fields->>'printed_at')::timestamptz AS printed_at, o.fields->>'printed_id' AS printed_id,
       o.fields->'lines' AS lines, o.fields->'pos_links' AS pos_links,
       o.first_store, o.first_received_at, o.last_received_at, o.updated_at, encode(o.digest, 'hex') AS digest
FROM hq.order_state o;
