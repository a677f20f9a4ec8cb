-- Which record holds an id of a POS account. Derived from the records. Nothing here is unique: two stores may have linked one id to
-- two customers while they did not see each other, and what is merged then cannot be refused; a write here can (store/pos_links.hpp).
CREATE TABLE pos_links (
  account TEXT NOT NULL,
  pos_id  TEXT NOT NULL,
  n       INTEGER NOT NULL,  -- customers.n
  PRIMARY KEY (account, pos_id, n)
) STRICT, WITHOUT ROWID;
INSERT INTO pos_links (account, pos_id, n)
  SELECT link.key, link.value, customers.n FROM customers,
    json_each(CASE WHEN json_valid(customers.state) THEN customers.state ELSE '{}' END, '$.pos_links') AS link  -- damage is the scrub's
  WHERE link.type = 'text';
