-- A claim ends when the registration it was for has ended: then another bench may have it. And what was blanked is told to the offices.
ALTER TABLE fleet.claims ADD COLUMN done_at timestamptz;
-- Claims from before were numbered after the registration and not after the job: they bind nobody any more.
UPDATE fleet.claims SET done_at = clock_timestamp();
COMMENT ON TABLE fleet.claims IS 'Which bench registers a SIM or unit now, so that no two do. Kept after its end for whoever asks';
COMMENT ON COLUMN fleet.claims.done_at IS 'When the fleet table was told how the registration ended; from then on another job may claim it';

-- The facts of a finished registration arrive with the bench's ordinary push; nothing else has to be sent, and nothing can be forgotten.
CREATE FUNCTION fleet.claim_is_done() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE fleet.claims c SET done_at = clock_timestamp()
   WHERE c.done_at IS NULL AND ((c.kind = 'iccid' AND c.key = NEW.iccid) OR (c.kind = 'imei' AND c.key = NEW.imei)
      OR (c.kind = 'meid' AND c.key = NEW.meid) OR (c.kind = 'esn' AND c.key = NEW.esn) OR (c.kind = 'hardware' AND c.key = NEW.serial));
  RETURN NULL; END $$;
CREATE TRIGGER claim_is_done_i AFTER INSERT ON fleet.units FOR EACH ROW
  WHEN (NEW.carrier_state IN ('active', 'suspended', 'ended', 'refused')) EXECUTE FUNCTION fleet.claim_is_done();
-- Each job that ends moves provisioned_at, also where the registration is what it was before; people's edits do not.
CREATE TRIGGER claim_is_done_u AFTER UPDATE ON fleet.units FOR EACH ROW
  WHEN (NEW.carrier_state IN ('active', 'suspended', 'ended', 'refused')
        AND (OLD.carrier_state, OLD.provisioned_at) IS DISTINCT FROM (NEW.carrier_state, NEW.provisioned_at))
  EXECUTE FUNCTION fleet.claim_is_done();

-- Which facts about a person were blanked, and in which revision: offices blank the same in what they keep. No fact stands here.
CREATE TABLE fleet.purges (rev bigint NOT NULL, unit_id uuid NOT NULL, fields text[] NOT NULL, PRIMARY KEY (rev, unit_id));
CREATE INDEX purges_of_unit ON fleet.purges (unit_id);
COMMENT ON TABLE fleet.purges IS 'Which facts about a person were blanked, and when; offices then blank them in their own files, too';
