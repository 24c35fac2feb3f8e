-- The first schema: what a bench knows (meta), its journal, its registrations, its units, its templates, what it owes others.
-- Times are milliseconds since 1970 (UTC). Numbers of units and SIMs are text.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- One unit's way over the bench. 'state' and 'last_*' are what the newest event says; both change in the event's own transaction.
CREATE TABLE job (
    job_id          BLOB PRIMARY KEY NOT NULL CHECK (length(job_id) = 16),
    unit_kind       TEXT NOT NULL,
    unit_id         TEXT NOT NULL,
    iccid           TEXT,
    hardware_serial TEXT,
    firmware        TEXT,
    profile_id      TEXT NOT NULL,
    profile_sha256  TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state <> ''),
    error           TEXT,
    opened_ms       INTEGER NOT NULL,
    last_n          INTEGER NOT NULL,
    last_hash       BLOB NOT NULL CHECK (length(last_hash) = 32)
) STRICT;

CREATE UNIQUE INDEX one_open_job_for_a_unit ON job (unit_kind, unit_id)
    WHERE state NOT IN ('done', 'failed', 'cancelled');
CREATE UNIQUE INDEX one_open_job_for_a_sim ON job (iccid)
    WHERE state NOT IN ('done', 'failed', 'cancelled') AND iccid IS NOT NULL;
CREATE INDEX job_of_unit ON job (unit_kind, unit_id);

-- 'body' is what the hash covers; the columns beside it repeat parts of it for questions.
CREATE TABLE job_event (
    job_id    BLOB NOT NULL REFERENCES job (job_id),
    n         INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    body      TEXT NOT NULL,
    wall_ms   INTEGER NOT NULL,
    mono_ms   INTEGER NOT NULL,
    boot_id   TEXT NOT NULL,
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (job_id, n)
) STRICT;

CREATE TRIGGER job_event_is_never_changed BEFORE UPDATE ON job_event
BEGIN SELECT raise(ABORT, 'the journal is append only'); END;
CREATE TRIGGER job_event_is_never_deleted BEFORE DELETE ON job_event
BEGIN SELECT raise(ABORT, 'the journal is append only'); END;
CREATE TRIGGER job_is_never_deleted BEFORE DELETE ON job
BEGIN SELECT raise(ABORT, 'jobs are kept'); END;

-- Raw readings and requests, secrets as dots.
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(sha256) = 64),
    bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE registration (
    client_reference TEXT PRIMARY KEY NOT NULL,
    account          TEXT NOT NULL,
    unit_kind        TEXT NOT NULL,
    unit_id          TEXT NOT NULL,
    iccid            TEXT,
    job_id           BLOB NOT NULL REFERENCES job (job_id),
    intent           TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('active', 'pending', 'owed', 'skipped', 'refused')),
    remote_id        TEXT,
    handle           TEXT,
    since_ms         INTEGER NOT NULL,
    first_intent_ms  INTEGER,
    last_attempt_ms  INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX registration_waits ON registration (since_ms) WHERE state IN ('owed', 'pending');

-- Who drives a job; valid only while the lock file is held.
CREATE TABLE lease (
    job_id      BLOB PRIMARY KEY NOT NULL REFERENCES job (job_id),
    instance_id TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    port        TEXT,
    taken_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE unit (
    row              INTEGER PRIMARY KEY,
    id_kind          TEXT NOT NULL CHECK (id_kind IN ('imei', 'meid', 'esn', 'hardware')),
    id               TEXT NOT NULL,
    model            TEXT,
    firmware         TEXT,
    serial_number    TEXT,
    profile          TEXT,
    iccid            TEXT,
    mdn              TEXT,
    template         TEXT,
    template_version INTEGER,
    settings         TEXT NOT NULL,
    state            TEXT NOT NULL,
    registration     TEXT,
    plan_code        TEXT,
    carrier_id       TEXT,
    customer         TEXT,
    vehicle          TEXT,
    office           TEXT,
    note             TEXT,
    provisioned_ms   INTEGER,
    updated_ms       INTEGER NOT NULL,
    UNIQUE (id_kind, id)
) STRICT;
CREATE INDEX unit_newest ON unit (updated_ms);
CREATE INDEX unit_state ON unit (state);

CREATE TABLE unit_event (
    n      INTEGER PRIMARY KEY,
    unit   INTEGER NOT NULL REFERENCES unit (row),
    at_ms  INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    title  TEXT NOT NULL,
    detail TEXT NOT NULL,
    by     TEXT NOT NULL
) STRICT;
CREATE INDEX unit_timeline ON unit_event (unit, at_ms);

-- Each number of a unit, bare and in capitals, forwards and backwards: what begins or ends with the typed text is one range.
CREATE TABLE unit_number (
    unit     INTEGER NOT NULL REFERENCES unit (row),
    number   TEXT NOT NULL,
    reversed TEXT NOT NULL,
    PRIMARY KEY (unit, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_number_forwards ON unit_number (number);
CREATE INDEX unit_number_backwards ON unit_number (reversed);

-- Three characters and more, anywhere in a number or a text.
CREATE VIRTUAL TABLE unit_fragment USING fts5 (text, tokenize = 'trigram remove_diacritics 1', content = '', contentless_delete = 1);
-- One or two characters: beginnings of words.
CREATE VIRTUAL TABLE unit_word USING fts5 (text, tokenize = 'unicode61', prefix = '1 2', content = '', contentless_delete = 1);

CREATE TABLE template (
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    released   INTEGER NOT NULL CHECK (released IN (0, 1)),
    toml       TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
CREATE TRIGGER released_template_is_never_changed BEFORE UPDATE ON template WHEN OLD.released = 1
BEGIN SELECT raise(ABORT, 'a released template never changes'); END;
CREATE TRIGGER released_template_is_never_deleted BEFORE DELETE ON template WHEN OLD.released = 1
BEGIN SELECT raise(ABORT, 'a released template never changes'); END;

-- What the fleet database has not been told yet.
CREATE TABLE outbox (
    seq     INTEGER PRIMARY KEY,
    op_id   TEXT NOT NULL UNIQUE,
    unit    INTEGER NOT NULL REFERENCES unit (row),
    body    TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    sent    INTEGER NOT NULL DEFAULT 0 CHECK (sent IN (0, 1))
) STRICT;
