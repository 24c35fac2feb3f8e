-- Rows of the fleet database one behind the other as they come. They are large and their numbers are drawn by lot: a tree of whole rows
-- by number costs a first load most of its time, a tree of numbers alone little.
CREATE TABLE base_in_order (
    n       INTEGER PRIMARY KEY,
    unit_id BLOB NOT NULL UNIQUE CHECK (length(unit_id) = 16),
    rev     INTEGER NOT NULL,
    row     TEXT,
    stale   INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1))
) STRICT;
INSERT INTO base_in_order (unit_id, rev, row, stale) SELECT unit_id, rev, row, stale FROM base ORDER BY rev;
DROP TABLE base;
ALTER TABLE base_in_order RENAME TO base;
CREATE INDEX base_stale ON base (unit_id) WHERE stale = 1;
