-- What the fleet database told of units in service, kept so that it can be shown when there is no line to it.
CREATE TABLE unit_heard (
    unit           INTEGER PRIMARY KEY REFERENCES unit (row),
    -- The proof after which the first report came; after a later proof it is waited for anew.
    provisioned_ms INTEGER,
    first_report   TEXT,
    reports        TEXT,
    told_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX unit_provisioned ON unit (provisioned_ms) WHERE provisioned_ms IS NOT NULL;
