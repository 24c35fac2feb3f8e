-- A unit is open in one push of this bench at a time. A push that is heard of later may name it too: here it is passed over there.
ALTER TABLE push_unit ADD COLUMN passed_over INTEGER NOT NULL DEFAULT 0;
DROP INDEX push_unit_open;
CREATE UNIQUE INDEX push_unit_open ON push_unit (unit_kind, unit_id) WHERE standing IN ('waiting', 'sent') AND passed_over = 0;
