-- Texts to units over a carrier: kept before the first byte leaves, until the carrier's last word. The text itself is not kept:
-- it may hold a unit's keyword, and whoever wants it sent can say it again.
CREATE TABLE carrier_message (
    client_reference TEXT PRIMARY KEY NOT NULL,
    -- What the carrier is told: several texts may leave in one call. 'place' is the one in that call.
    call_reference   TEXT NOT NULL,
    place            INTEGER NOT NULL,
    account          TEXT NOT NULL,
    unit_kind        TEXT NOT NULL,
    unit_id          TEXT NOT NULL,
    mdn              TEXT,
    iccid            TEXT,
    length           INTEGER NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('intended', 'unknown', 'taken', 'delivered', 'failed', 'refused')),
    handle           TEXT,
    detail           TEXT NOT NULL,
    since_ms         INTEGER NOT NULL,
    asked_ms         INTEGER,
    last_ms          INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX carrier_message_of_call ON carrier_message (call_reference, place);
CREATE INDEX carrier_message_by_handle ON carrier_message (account, handle) WHERE handle IS NOT NULL;
