-- Pushes that other benches share through the fleet database: how far their side was heard, and what of this bench they were not told yet.
CREATE TABLE shared_push (
    push_id BLOB PRIMARY KEY NOT NULL REFERENCES push (push_id),
    heard   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Turn -1 is the push as a whole. A later change of the same thing has a higher number, so that it is told once more.
CREATE TABLE push_untold (
    push_id BLOB NOT NULL REFERENCES shared_push (push_id),
    turn    INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (push_id, turn)
) STRICT, WITHOUT ROWID;
