-- The fifth schema: a million units searched between two keystrokes. What is here can be worked out anew from the units
-- ('search_index' in meta says whether it was), so the former indexes simply go.

DROP TABLE unit_number;
DROP TABLE unit_fragment;
DROP TABLE unit_word;

-- Each number of a unit, bare and in capitals, forwards and backwards: what begins or ends with the typed text is one range.
-- A plate is typed like a number and shown among the texts.
CREATE TABLE unit_number (
    unit     INTEGER NOT NULL REFERENCES unit (row),
    number   TEXT NOT NULL,
    reversed TEXT NOT NULL,
    plate    INTEGER NOT NULL CHECK (plate IN (0, 1)),
    PRIMARY KEY (unit, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_number_forwards ON unit_number (number, plate);
CREATE INDEX unit_number_backwards ON unit_number (reversed, plate);

-- What thousands of numbers begin with (type allocation code, issuer of the SIM). It is not in the fragment index: a fragment
-- of it would hit half the fleet there. Here it is looked for among a few heads, and the rest is a range.
CREATE TABLE number_head (
    head  TEXT PRIMARY KEY NOT NULL,
    units INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Three characters and more, anywhere behind the head of a number or in a text.
CREATE VIRTUAL TABLE unit_fragment USING fts5 (tails, texts, tokenize = 'trigram remove_diacritics 1', content = '', contentless_delete = 1);
-- Beginnings of words. Six letters are enough; what is typed beyond them is compared with the row.
CREATE VIRTUAL TABLE unit_word USING fts5 (
    customer, vehicle, office, note, model, template, other,
    tokenize = 'unicode61', prefix = '1 2 3 4 5 6', detail = column, content = '', contentless_delete = 1
);

-- The few values that most filters ask for, each combination once, with how many units have it: a filter is answered from here,
-- and counts need no counting.
CREATE TABLE facet (
    facet            INTEGER PRIMARY KEY,
    office           TEXT,
    template         TEXT,
    template_version INTEGER,
    state            TEXT NOT NULL,
    registration     TEXT,
    differs          INTEGER NOT NULL CHECK (differs IN (0, 1)),
    units            INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX facet_values ON facet (
    ifnull(office, ''), ifnull(template, ''), ifnull(template_version, -1), state, ifnull(registration, ''), differs
);
CREATE TABLE unit_facet (
    unit  INTEGER PRIMARY KEY REFERENCES unit (row),
    facet INTEGER NOT NULL REFERENCES facet (facet)
) STRICT;
CREATE INDEX unit_of_facet ON unit_facet (facet, unit);

-- The last sign of life of a unit (a report, or itself on a bench) and its last report.
CREATE TABLE unit_sign (
    unit      INTEGER PRIMARY KEY REFERENCES unit (row),
    seen_ms   INTEGER NOT NULL,
    report_ms INTEGER
) STRICT;
CREATE INDEX unit_seen ON unit_sign (seen_ms);
CREATE INDEX unit_reported ON unit_sign (report_ms) WHERE report_ms IS NOT NULL;
INSERT INTO unit_sign (unit, seen_ms, report_ms)
    SELECT unit, max(at_ms), max(CASE kind WHEN 'report' THEN at_ms END) FROM unit_event
    WHERE kind IN ('bench', 'changed', 'verified', 'stopped', 'report') GROUP BY unit;
-- Which units have no number in the fleet database yet is asked at each start.
CREATE INDEX unit_without_number ON unit (row) WHERE unit_id IS NULL AND gone = 0;
