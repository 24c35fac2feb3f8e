-- The eighth schema: facts about a person that the fleet database blanked are blanked here, too.
ALTER TABLE sync_state ADD COLUMN purged_rev INTEGER NOT NULL DEFAULT 0;

-- Units that are being blanked right now; empty outside of that one transaction. Only then may a sent operation lose fields.
CREATE TABLE purging (
    unit_id BLOB PRIMARY KEY NOT NULL CHECK (length(unit_id) = 16)
) STRICT, WITHOUT ROWID;
DROP TRIGGER op_that_was_sent_never_changes;
CREATE TRIGGER op_that_was_sent_never_changes BEFORE UPDATE OF op_id, unit_id, actor, body ON op
    WHEN OLD.sent = 1 AND (NEW.op_id <> OLD.op_id OR NEW.unit_id <> OLD.unit_id OR NEW.actor <> OLD.actor
        OR NOT EXISTS (SELECT 1 FROM purging WHERE unit_id = OLD.unit_id))
BEGIN SELECT raise(ABORT, 'an operation that was sent never changes'); END;
