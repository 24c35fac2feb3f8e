-- An account's list that is read over more than one day, and later only for what was changed.
ALTER TABLE carrier_listing ADD COLUMN pages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE carrier_listing ADD COLUMN since_ms INTEGER;
ALTER TABLE carrier_listing ADD COLUMN known_ms INTEGER;
ALTER TABLE carrier_listing ADD COLUMN whole_ms INTEGER;
ALTER TABLE carrier_listing ADD COLUMN whole_pages INTEGER;

-- Units that the list does not have and that the carrier, asked for each, does not know.
CREATE TABLE carrier_looked_up (
    account TEXT NOT NULL,
    unit    TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (account, unit)
) STRICT, WITHOUT ROWID;
