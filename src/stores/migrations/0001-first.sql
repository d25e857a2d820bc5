-- Times are whole milliseconds since the epoch, set by the store's clock; booleans are 0 or 1; JSON is text.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  lane TEXT NOT NULL,
  -- 0 is the most urgent.
  severity INTEGER NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  -- Without a time it is looked at only when something happens.
  due_at_ms INTEGER,
  -- The start of the program that has it in hand.
  claimed_epoch INTEGER,
  -- News counted up by whoever brings it, and how much of it the last transition had seen.
  nudges INTEGER NOT NULL,
  nudges_handled INTEGER NOT NULL,
  -- One of its alerts fires although it has ended.
  refired INTEGER NOT NULL,
  target TEXT,
  namespace TEXT,
  -- The incident without its id and its alerts.
  document TEXT NOT NULL
);
-- Holds all that the choice of the most urgent looks at, so that a storm is sorted without its documents.
CREATE INDEX incidents_by_due ON incidents (lane, due_at_ms, severity, opened_at_ms)
  WHERE due_at_ms IS NOT NULL AND claimed_epoch IS NULL;
-- Holds all that a storm is counted by, for the same reason.
CREATE INDEX incidents_by_opening ON incidents (opened_at_ms, target, namespace);
CREATE INDEX incidents_by_state ON incidents (state, id);

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  status TEXT NOT NULL,
  -- The incident's nudges when this alert last brought news.
  nudge INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  starts_at_ms INTEGER NOT NULL,
  received_at_ms INTEGER NOT NULL,
  labels TEXT NOT NULL,
  annotations TEXT NOT NULL
);
CREATE INDEX alerts_by_fingerprint ON alerts (fingerprint, id);
CREATE INDEX alerts_by_incident ON alerts (incident, id);

-- Who has a target, and who had it: a row without `released_at_ms` is a hold.
CREATE TABLE holds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  taken_at_ms INTEGER NOT NULL,
  released_at_ms INTEGER
);
CREATE UNIQUE INDEX one_holder ON holds (key) WHERE released_at_ms IS NULL;
CREATE INDEX holds_by_key ON holds (key, incident);
CREATE INDEX holds_by_incident ON holds (incident) WHERE released_at_ms IS NULL;

CREATE TABLE operations (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  purpose TEXT NOT NULL,
  rung INTEGER NOT NULL,
  playbook TEXT NOT NULL,
  alertname TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  namespace TEXT NOT NULL,
  executor TEXT NOT NULL,
  state TEXT NOT NULL,
  reserved_at_ms INTEGER NOT NULL,
  claim_by_ms INTEGER NOT NULL,
  claimed_at_ms INTEGER,
  act_by_ms INTEGER,
  nonce TEXT,
  ended_at_ms INTEGER,
  how TEXT,
  adopted INTEGER,
  verdict TEXT,
  verdict_at_ms INTEGER,
  plan TEXT NOT NULL,
  -- What was measured just before the write.
  before TEXT NOT NULL,
  approved_digest TEXT
);
CREATE UNIQUE INDEX one_live_operation ON operations (target) WHERE state IN ('reserved', 'claimed');
CREATE INDEX operations_live ON operations (reserved_at_ms, id) WHERE state IN ('reserved', 'claimed');
CREATE INDEX operations_by_incident ON operations (incident, reserved_at_ms);
CREATE INDEX operations_by_target ON operations (target, reserved_at_ms, incident);
CREATE INDEX operations_by_playbook ON operations (playbook, reserved_at_ms);
CREATE INDEX operations_by_namespace ON operations (namespace, reserved_at_ms);
CREATE INDEX operations_by_time ON operations (reserved_at_ms);
-- The last proofs that counted, and those of one alert and action: the ledger is kept for ever, so they are found
-- without walking it and read without its plans.
CREATE INDEX operations_by_proof ON operations (playbook, verdict_at_ms, id, verdict)
  WHERE purpose = 'fix' AND verdict IN ('fixed', 'not-fixed', 'harm');
CREATE INDEX operations_by_streak ON operations (playbook, alertname, action, verdict_at_ms, id, verdict)
  WHERE purpose = 'fix' AND verdict IN ('fixed', 'not-fixed', 'harm');

CREATE TABLE owed (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  caused_by TEXT NOT NULL,
  playbook TEXT NOT NULL,
  purpose TEXT NOT NULL,
  target TEXT NOT NULL,
  change TEXT NOT NULL,
  due_at_ms INTEGER NOT NULL,
  give_back_ms INTEGER NOT NULL,
  operation TEXT REFERENCES operations (id),
  note TEXT,
  settled_at_ms INTEGER
);
CREATE INDEX owed_due ON owed (due_at_ms) WHERE settled_at_ms IS NULL;
CREATE INDEX owed_by_operation ON owed (operation) WHERE settled_at_ms IS NULL;

CREATE TABLE timeline (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  fields TEXT
);
CREATE INDEX timeline_by_incident ON timeline (incident, sequence);

CREATE TABLE playbooks (
  version TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  first_used_at_ms INTEGER NOT NULL,
  document TEXT NOT NULL
);

CREATE TABLE storms (
  scope TEXT PRIMARY KEY,
  since_ms INTEGER NOT NULL,
  calm_at_ms INTEGER NOT NULL
);

CREATE TABLE pauses (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  person TEXT NOT NULL,
  because TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  holds_owed INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE TABLE takes (
  target TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  because TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  until_ms INTEGER
);

CREATE TABLE notices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  severity TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  sent_at_ms INTEGER
);
CREATE INDEX notices_due ON notices (due_at_ms, id) WHERE sent_at_ms IS NULL;

CREATE TABLE evidence (
  incident INTEGER PRIMARY KEY REFERENCES incidents (id),
  saved_at_ms INTEGER NOT NULL,
  document TEXT NOT NULL
);
