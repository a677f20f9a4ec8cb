-- Head office's first schema. Tables hold what was received and what follows from it; the views at the end (hq.stores,
-- hq.changes, hq.customers, hq.incidents) are what a reader queries. Never edited once it has been applied: add 0002.

-- One life of head office's ledger, tied to the machine image it lives in. A restore (another system identifier) or a
-- promotion (another timeline) draws a new one, and every store then goes by our first answer.
CREATE TABLE hq.ho_epoch (
  is_current boolean PRIMARY KEY DEFAULT true CHECK (is_current),
  ho_epoch uuid NOT NULL,
  system_identifier bigint NOT NULL,
  timeline text NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);

-- A store. Its row is the lock under which everything of that store is received.
CREATE TABLE hq.store (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org text NOT NULL CHECK (org ~ '^[a-z0-9-]{1,32}$'),
  name text NOT NULL CHECK (name ~ '^[a-z0-9-]{1,32}$'),
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  is_online boolean NOT NULL DEFAULT false,
  online_since timestamptz,
  current_epoch uuid,                      -- set by status alone; batches of any epoch are heard and prove nothing
  head bigint NOT NULL DEFAULT 0,          -- the last row of the store's ledger that we have heard of
  software text NOT NULL DEFAULT '',
  clock text NOT NULL DEFAULT 'unconfirmed' CHECK (clock IN ('unconfirmed', 'confirmed')),
  config_hash text NOT NULL DEFAULT '',
  last_recorded_at timestamptz,            -- when the newest change we hold was written, by the store's clock
  last_received_at timestamptz,
  UNIQUE (org, name)
);

-- One life of a store's database. Known to us by a status, by a batch that opened it, or both.
CREATE TABLE hq.epoch (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  store_id bigint NOT NULL REFERENCES hq.store,
  epoch uuid NOT NULL,
  replaces uuid,                           -- with root_seq and root_digest: the row it goes on from
  root_seq bigint NOT NULL CHECK (root_seq >= 0),
  root_digest bytea NOT NULL CHECK (octet_length(root_digest) = 32),
  cursor_seq bigint CHECK (cursor_seq >= root_seq),  -- the last row we have committed; null until a batch opened the epoch
  cursor_digest bytea CHECK (octet_length(cursor_digest) = 32),
  is_branch boolean NOT NULL DEFAULT false,          -- its root lies below what we hold of the epoch it replaces
  status_n bigint,                                   -- of the newest status heard
  succession text CHECK (succession IN ('first', 'succeeds', 'clone')),
  undecided_status text,                             -- as it came; judged again whenever an epoch of the store is opened
  succeeded_at timestamptz,                          -- was current until then
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  UNIQUE (store_id, epoch),
  CHECK ((cursor_seq IS NULL) = (cursor_digest IS NULL))
);

-- Every change as it came, byte for byte: the digests are over exactly these texts. There is no foreign key to hq.epoch: the
-- store that it belongs to is locked by whoever inserts here.
CREATE TABLE hq.change_log (
  epoch_id bigint NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  org text NOT NULL,
  change_id uuid,                          -- this and the next are null where the envelope could not be read
  key uuid,
  entity text,
  kind text,
  version text,
  source text,
  recorded_at timestamptz,
  received_at timestamptz NOT NULL,
  envelope text NOT NULL,
  payload text,                            -- null: it stayed behind, payload_hash stands for it
  payload_hash bytea NOT NULL CHECK (octet_length(payload_hash) = 32),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  state text NOT NULL CHECK (state IN ('applied', 'known_id', 'parked')),
  park_code text CHECK (park_code IN ('future_schema', 'invalid', 'clock_ahead', 'no_payload', 'damaged')),
  park_reason text,
  envelope_json jsonb GENERATED ALWAYS AS (CASE WHEN state <> 'parked' THEN envelope::jsonb END) STORED,
  payload_json jsonb GENERATED ALWAYS AS (CASE WHEN state <> 'parked' THEN payload::jsonb END) STORED,
  PRIMARY KEY (epoch_id, seq),
  CHECK ((state = 'parked') = (park_code IS NOT NULL))
);
-- One effect per change id, whichever store or epoch brings it: what comes again is 'known_id'.
CREATE UNIQUE INDEX change_log_one_effect ON hq.change_log (org, change_id) WHERE state = 'applied';
CREATE INDEX change_log_by_key ON hq.change_log (org, key);
CREATE INDEX change_log_parked ON hq.change_log (park_code, epoch_id, seq) WHERE state = 'parked';

-- What we know of one person: the merged record as canonical text with its digest, and its plain values for readers. Licence
-- and medical numbers are in `state` only, sealed.
CREATE TABLE hq.customer_state (
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

-- What somebody should know about. Coalesced: one row per store, kind, epoch and place.
CREATE TABLE hq.incident_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  store_id bigint NOT NULL REFERENCES hq.store,
  kind text NOT NULL
    CHECK (kind IN ('gap', 'duplicate', 'branch', 'clone', 'fork', 'unknown_epoch', 'parked', 'bad_batch')),
  epoch uuid NOT NULL,
  seq bigint NOT NULL,
  detail text NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  count bigint NOT NULL DEFAULT 1,
  UNIQUE (store_id, kind, epoch, seq)
);
CREATE INDEX incident_log_by_time ON hq.incident_log (last_at);

CREATE VIEW hq.stores AS
SELECT s.org, s.name AS store, s.is_online AS online, s.online_since, s.first_seen, s.last_seen, s.software,
       s.current_epoch AS epoch, s.clock, s.config_hash,
       p.position, greatest(s.head, p.position) AS head, greatest(s.head - p.position, 0) AS lag,
       -- At most this old is the oldest change that we do not hold yet: it was written after the newest that we hold.
       CASE WHEN s.head > p.position THEN s.last_recorded_at END AS behind_since,
       s.last_recorded_at, s.last_received_at,
       (SELECT count(*) FROM hq.epoch x WHERE x.store_id = s.id) AS epochs,
       (SELECT count(*) FROM hq.incident_log i
         WHERE i.store_id = s.id AND i.kind NOT IN ('duplicate', 'gap', 'unknown_epoch')) AS incidents
FROM hq.store s
LEFT JOIN hq.epoch e ON e.store_id = s.id AND e.epoch = s.current_epoch
LEFT JOIN hq.epoch r ON r.store_id = s.id AND r.epoch = e.replaces
CROSS JOIN LATERAL (SELECT coalesce(e.cursor_seq,
                                    CASE WHEN r.cursor_seq IS NOT NULL THEN least(r.cursor_seq, e.root_seq) END,
                                    (SELECT max(y.cursor_seq) FROM hq.epoch y WHERE y.store_id = s.id AND e.id IS NULL),
                                    0) AS position) p;

CREATE VIEW hq.epochs AS
SELECT s.org, s.name AS store, e.epoch, e.replaces, e.root_seq, e.cursor_seq, e.is_branch,
       e.epoch = s.current_epoch AS is_current, e.succession, e.succeeded_at, e.first_seen, e.last_seen
FROM hq.epoch e JOIN hq.store s ON s.id = e.store_id;

CREATE VIEW hq.changes AS
SELECT c.org, s.name AS store, e.epoch, c.seq, c.change_id, c.entity, c.key, c.kind, c.version, c.source, c.recorded_at,
       c.received_at, c.state, c.park_code, c.park_reason, c.envelope_json AS envelope, c.payload_json AS payload,
       encode(c.digest, 'hex') AS digest
FROM hq.change_log c
JOIN hq.epoch e ON e.id = c.epoch_id
JOIN hq.store s ON s.id = e.store_id;

CREATE VIEW hq.customers AS
SELECT c.org, c.id,
       c.fields->>'first_name' AS first_name, c.fields->>'middle_name' AS middle_name, c.fields->>'last_name' AS last_name,
       c.fields->>'suffix' AS suffix, c.fields->>'birthday' AS birthday, c.fields->>'gender' AS gender,
       c.fields->>'phone' AS phone, c.fields->>'email' AS email,
       c.fields->>'address.street1' AS street1, c.fields->>'address.street2' AS street2,
       c.fields->>'address.city' AS city, c.fields->>'address.region' AS region,
       c.fields->>'address.postal_code' AS postal_code, c.fields->>'address.country' AS country,
       c.fields->>'licence.region' AS licence_region, c.fields->>'licence.country' AS licence_country,
       c.fields->>'licence.expires' AS licence_expires,
       c.fields->>'medical.region' AS medical_region, c.fields->>'medical.expires' AS medical_expires,
       c.fields->>'type' AS type, c.fields->>'verification' AS verification, c.fields->>'notes' AS notes,
       c.fields->>'status' AS status, c.fields->>'home_store' AS home_store,
       (c.fields->>'consent.email')::boolean AS consent_email, (c.fields->>'consent.sms')::boolean AS consent_sms,
       (c.fields->>'consent.data')::boolean AS consent_data,
       c.fields->'tags' AS tags, c.fields->'pos_links' AS pos_links,
       c.first_store, c.first_received_at, c.last_received_at, c.updated_at, encode(c.digest, 'hex') AS digest
FROM hq.customer_state c;

CREATE VIEW hq.incidents AS
SELECT i.id, s.org, s.name AS store, i.kind, i.epoch, i.seq, i.detail, i.first_at, i.last_at, i.count
FROM hq.incident_log i JOIN hq.store s ON s.id = i.store_id;
