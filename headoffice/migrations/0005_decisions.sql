-- A change that somebody decided to do without: it keeps its row, since the chain needs it, and counts as parked no longer.
-- Not validated: the rows that are there obeyed a narrower list.
ALTER TABLE hq.change_log DROP CONSTRAINT change_log_park_code_check;
ALTER TABLE hq.change_log ADD CONSTRAINT change_log_park_code_check
  CHECK (park_code IN ('future_schema', 'invalid', 'clock_ahead', 'no_payload', 'damaged', 'refused', 'dropped')) NOT VALID;

-- What people decided about parked changes, and that they looked at one. Rows are added only. Nothing personal but who it was.
CREATE TABLE hq.decision_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  who text NOT NULL,
  action text NOT NULL CHECK (action IN ('show', 'retry', 'drop')),
  epoch_id bigint NOT NULL,
  seq bigint NOT NULL,
  park_code text NOT NULL,   -- before
  outcome text NOT NULL,     -- shown, applied, parked, dropped
  reason text NOT NULL
);
CREATE INDEX decision_log_by_change ON hq.decision_log (epoch_id, seq);

CREATE VIEW hq.decisions AS
SELECT d.id, d.at, d.who, d.action, d.outcome, s.org, s.name AS store, e.epoch, d.seq, d.park_code, d.reason
FROM hq.decision_log d
JOIN hq.epoch e ON e.id = d.epoch_id
JOIN hq.store s ON s.id = e.store_id;
