-- Changes of subscriptions that a person decided: kept before the first byte leaves, until the carrier's last word.
CREATE TABLE carrier_change (
    client_reference TEXT PRIMARY KEY NOT NULL,
    account          TEXT NOT NULL,
    unit_kind        TEXT NOT NULL,
    unit_id          TEXT NOT NULL,
    word             TEXT NOT NULL,
    request          TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('intended', 'accepted', 'unknown', 'done', 'refused')),
    handle           TEXT,
    detail           TEXT NOT NULL,
    since_ms         INTEGER NOT NULL,
    last_ms          INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX one_open_change_for_a_unit ON carrier_change (unit_kind, unit_id)
    WHERE state IN ('intended', 'accepted', 'unknown');

-- What a carrier's list said, page by page, so that a comparison can go on where it stopped.
CREATE TABLE carrier_listed (
    account          TEXT NOT NULL,
    remote_id        TEXT NOT NULL,
    device_id        TEXT,
    iccid            TEXT,
    plan_code        TEXT,
    state            TEXT NOT NULL,
    raw_state        TEXT NOT NULL,
    run              INTEGER NOT NULL,
    PRIMARY KEY (account, remote_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX carrier_listed_by_device ON carrier_listed (account, run, device_id);
CREATE INDEX carrier_listed_by_sim ON carrier_listed (account, run, iccid);

-- How far the listing of an account has come.
CREATE TABLE carrier_listing (
    account   TEXT PRIMARY KEY NOT NULL,
    run       INTEGER NOT NULL,
    cursor    TEXT,
    complete  INTEGER NOT NULL CHECK (complete IN (0, 1)),
    begun_ms  INTEGER NOT NULL,
    last_ms   INTEGER NOT NULL
) STRICT;
