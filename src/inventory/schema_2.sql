-- The second schema: agreement with the fleet database. Each unit has a number there; 'base' is what the database said last,
-- 'op' is what people and jobs did here, 'sync_state' is how far this bench has heard. A unit as it is shown (table 'unit') is
-- its base with the operations laid over it that the base does not hold yet.

ALTER TABLE unit ADD COLUMN unit_id BLOB CHECK (unit_id IS NULL OR length(unit_id) = 16);
-- 1 when the fleet database deleted it: its history stays, lists and searches leave it out.
ALTER TABLE unit ADD COLUMN gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1));
CREATE UNIQUE INDEX unit_by_number ON unit (unit_id) WHERE unit_id IS NOT NULL;

-- A row as the fleet database gave it, all its columns; NULL is a tombstone. A stale one waits to be heard anew.
CREATE TABLE base (
    unit_id BLOB PRIMARY KEY NOT NULL CHECK (length(unit_id) = 16),
    rev     INTEGER NOT NULL,
    row     TEXT,
    stale   INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX base_stale ON base (unit_id) WHERE stale = 1;

-- 'body' never changes once 'sent' is 1: what the database answered belongs to exactly these bytes.
-- 'acked_pull' counts the pulls that had begun when the answer came: the next one that ends holds what was applied.
CREATE TABLE op (
    op_id      BLOB PRIMARY KEY NOT NULL CHECK (length(op_id) = 16),
    seq        INTEGER NOT NULL UNIQUE,
    unit_id    BLOB NOT NULL CHECK (length(unit_id) = 16),
    actor      TEXT NOT NULL,
    body       TEXT NOT NULL,
    made_ms    INTEGER NOT NULL,
    sent       INTEGER NOT NULL DEFAULT 0 CHECK (sent IN (0, 1)),
    outcome    TEXT CHECK (outcome IN ('applied', 'partial', 'conflict', 'gone', 'rejected')),
    detail     TEXT,
    acked_ms   INTEGER,
    acked_pull INTEGER
) STRICT;
CREATE INDEX op_of_unit ON op (unit_id, seq);
CREATE INDEX op_undecided ON op (seq) WHERE outcome IS NULL;
CREATE INDEX op_decided ON op (acked_pull) WHERE outcome IN ('applied', 'partial');
CREATE TRIGGER op_that_was_sent_never_changes BEFORE UPDATE OF op_id, unit_id, actor, body ON op WHEN OLD.sent = 1
BEGIN SELECT raise(ABORT, 'an operation that was sent never changes'); END;

-- What two people must be asked about. An empty field is the whole operation.
CREATE TABLE review (
    op_id      BLOB NOT NULL REFERENCES op (op_id) ON DELETE CASCADE,
    field      TEXT NOT NULL,
    theirs     TEXT,
    found_ms   INTEGER NOT NULL,
    decided    TEXT CHECK (decided IN ('theirs', 'mine', 'edited', 'forgotten', 'added', 'moved')),
    decided_ms INTEGER,
    follow_op  BLOB,
    PRIMARY KEY (op_id, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_open ON review (found_ms) WHERE decided IS NULL;

CREATE TABLE sync_state (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    device_id      BLOB NOT NULL CHECK (length(device_id) = 16),
    cursor         INTEGER NOT NULL DEFAULT 0,
    tag            BLOB,
    page_rev       INTEGER,
    page_id        BLOB,
    page_head      INTEGER,
    page_tag       BLOB,
    pulls_begun    INTEGER NOT NULL DEFAULT 0,
    pulls_done     INTEGER NOT NULL DEFAULT 0,
    schema_version INTEGER,
    min_client     INTEGER,
    agreed_ms      INTEGER
) STRICT;

-- Changes that others made to a unit, as the fleet database tells them; 'ours' are told by this bench's own timeline.
CREATE TABLE fleet_history (
    unit_id BLOB NOT NULL,
    n       INTEGER NOT NULL,
    change  TEXT NOT NULL,
    actor   TEXT,
    login   TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    ours    INTEGER NOT NULL CHECK (ours IN (0, 1)),
    PRIMARY KEY (unit_id, n)
) STRICT, WITHOUT ROWID;

-- Nothing in it was ever sent: each unit gets a number and an operation of its own when the file is opened.
DROP TABLE outbox;
