-- What stores say of persons: which records are one, which record a field is taken from, who was erased. docs/merging.md has the
-- rules; they commute, so every store's word is entered as it comes.
CREATE TABLE hq.person_link (
  org text NOT NULL,
  a uuid NOT NULL,
  b uuid NOT NULL CHECK (a < b),
  version text COLLATE "C" NOT NULL,
  is_removed boolean NOT NULL,             -- an unmerge that saw it has come, perhaps before the statement itself
  PRIMARY KEY (org, a, b, version)
);
CREATE INDEX person_link_b ON hq.person_link (org, b);

CREATE TABLE hq.person_choice (
  org text NOT NULL,
  record uuid NOT NULL,
  field text NOT NULL,
  version text COLLATE "C" NOT NULL,
  ties text COLLATE "C" NOT NULL,          -- the statements at the record that its author saw, as JSON
  PRIMARY KEY (org, record, field)
);

CREATE TABLE hq.tombstone (
  org text NOT NULL,
  id uuid NOT NULL,
  store text NOT NULL,                     -- where it was said first, as far as we heard
  received_at timestamptz NOT NULL,
  PRIMARY KEY (org, id)
);

-- A change of an erased record is acknowledged and counted, and nothing of it is kept but its envelope and hashes.
ALTER TABLE hq.change_log DROP CONSTRAINT change_log_state_check;
ALTER TABLE hq.change_log ADD CONSTRAINT change_log_state_check
  CHECK (state IN ('applied', 'known_id', 'parked', 'discarded')) NOT VALID;

CREATE VIEW hq.links AS
SELECT l.org, l.a, l.b, l.version
FROM hq.person_link l
WHERE NOT l.is_removed
  AND NOT EXISTS (SELECT 1 FROM hq.tombstone t WHERE t.org = l.org AND t.id IN (l.a, l.b));

-- Of each record that is linked to others, the id that names the person: the smallest of those it is connected with.
CREATE VIEW hq.persons AS
WITH RECURSIVE ends AS (
  SELECT org, a AS id, b AS other FROM hq.links UNION SELECT org, b, a FROM hq.links
), reached AS (
  SELECT org, id, other FROM ends
  UNION
  SELECT r.org, r.id, e.other FROM reached r JOIN ends e ON e.org = r.org AND e.id = r.other
)
SELECT org, id AS record, (SELECT x FROM unnest(array_agg(other) || id) AS x ORDER BY x LIMIT 1) AS person
FROM reached GROUP BY org, id;

CREATE VIEW hq.erased AS SELECT org, id, store, received_at FROM hq.tombstone;
