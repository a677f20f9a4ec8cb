-- A change that PostgreSQL itself refuses is parked like any other that cannot be merged. Its two lines are kept as bytes, which
-- no encoding and no constraint on a text can object to; `envelope` is empty then, and `payload` null.
ALTER TABLE hq.change_log ADD COLUMN refused_lines bytea;

-- Not validated: the rows that are there obeyed a narrower list, and reading a large table for that would keep everybody waiting.
ALTER TABLE hq.change_log DROP CONSTRAINT change_log_park_code_check;
ALTER TABLE hq.change_log ADD CONSTRAINT change_log_park_code_check
  CHECK (park_code IN ('future_schema', 'invalid', 'clock_ahead', 'no_payload', 'damaged', 'refused')) NOT VALID;
ALTER TABLE hq.change_log ADD CONSTRAINT change_log_refused_is_parked
  CHECK (refused_lines IS NULL OR (state = 'parked' AND envelope = '' AND payload IS NULL)) NOT VALID;
