-- Pushes: one change over many units. Every step of a push is one transaction over its row, the units that changed and its log.

CREATE TABLE push (
    push_id  BLOB PRIMARY KEY NOT NULL CHECK (length(push_id) = 16),
    facts    TEXT NOT NULL,
    progress TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'cancelled', 'ended')),
    begun_ms INTEGER NOT NULL,
    last_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX push_newest ON push (begun_ms);

-- 'body' is the whole unit of the push; the columns beside it repeat parts of it for questions.
CREATE TABLE push_unit (
    push_id   BLOB NOT NULL REFERENCES push (push_id),
    turn      INTEGER NOT NULL,
    unit_kind TEXT NOT NULL,
    unit_id   TEXT NOT NULL,
    standing  TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (push_id, turn),
    UNIQUE (push_id, unit_kind, unit_id)
) STRICT, WITHOUT ROWID;
-- A unit is open in one push at a time.
CREATE UNIQUE INDEX push_unit_open ON push_unit (unit_kind, unit_id) WHERE standing IN ('waiting', 'sent');
CREATE INDEX push_of_unit ON push_unit (unit_kind, unit_id);

CREATE TABLE push_log (
    n       INTEGER PRIMARY KEY,
    push_id BLOB NOT NULL REFERENCES push (push_id),
    at_ms   INTEGER NOT NULL,
    by      TEXT NOT NULL,
    what    TEXT NOT NULL
) STRICT;
CREATE INDEX push_log_of ON push_log (push_id, n);

-- Messages of pushes: kept before they are handed to the carrier, so that none is sent twice in doubt. The text may hold a unit's
-- keyword and is not kept; it is made anew from the template, and its SHA-256 says whether it is the same.
CREATE TABLE push_message (
    client_reference TEXT PRIMARY KEY NOT NULL,
    push_id          BLOB NOT NULL REFERENCES push (push_id),
    unit_kind        TEXT NOT NULL,
    unit_id          TEXT NOT NULL,
    attempt          INTEGER NOT NULL,
    part             INTEGER NOT NULL,
    reads            INTEGER NOT NULL CHECK (reads IN (0, 1)),
    text_sha256      TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'refused', 'doubt', 'answered')),
    handle           TEXT,
    intended_ms      INTEGER NOT NULL,
    last_ms          INTEGER NOT NULL
) STRICT;
CREATE INDEX push_message_of ON push_message (push_id, unit_kind, unit_id);
