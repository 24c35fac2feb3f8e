-- Units, and what makes every change of them visible in order. Plain SQL may edit fleet.units; triggers do the rest.
-- No sequence, identity column or 32-bit transaction id anywhere: a logical copy of the rows is complete.
CREATE TABLE fleet.units (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  serial text NOT NULL CONSTRAINT units_serial_key UNIQUE CONSTRAINT units_serial_check CHECK (length(serial) BETWEEN 1 AND 100),
  imei text CONSTRAINT units_imei_key UNIQUE CONSTRAINT units_imei_check CHECK (imei ~ '^[0-9]{15}$'),
  meid text CONSTRAINT units_meid_key UNIQUE CONSTRAINT units_meid_check CHECK (meid ~ '^[0-9A-F]{14}$'),
  esn text CONSTRAINT units_esn_check CHECK (esn ~ '^[0-9A-F]{8}$'),
  serial_number text CONSTRAINT units_serial_number_check CHECK (length(serial_number) <= 100),
  model text CONSTRAINT units_model_check CHECK (length(model) <= 200),
  hardware text CONSTRAINT units_hardware_check CHECK (length(hardware) <= 200),
  firmware text CONSTRAINT units_firmware_check CHECK (length(firmware) <= 200),
  profile text CONSTRAINT units_profile_check CHECK (length(profile) <= 100),
  iccid text CONSTRAINT units_iccid_check CHECK (iccid ~ '^89[0-9]{17,18}$'),
  imsi text CONSTRAINT units_imsi_check CHECK (imsi ~ '^[0-9]{6,15}$'),
  mdn text CONSTRAINT units_mdn_check CHECK (mdn ~ '^[+]?[0-9]{7,15}$'),
  msid text CONSTRAINT units_msid_check CHECK (msid ~ '^[0-9]{10,15}$'),
  template text CONSTRAINT units_template_check CHECK (length(template) <= 200),
  template_version integer CONSTRAINT units_template_version_check CHECK (template_version >= 0),
  settings jsonb NOT NULL DEFAULT '{}' CONSTRAINT units_settings_check CHECK (jsonb_typeof(settings) = 'object'),
  state text NOT NULL DEFAULT 'known' CONSTRAINT units_state_check
    CHECK (state IN ('known', 'verified', 'not_verified', 'stopped', 'needs_person', 'retired')),
  carrier text CONSTRAINT units_carrier_check CHECK (length(carrier) <= 100),
  carrier_state text CONSTRAINT units_carrier_state_check CHECK (carrier_state ~ '^[a-z][a-z_]{0,39}$'),
  carrier_id text CONSTRAINT units_carrier_id_check CHECK (length(carrier_id) <= 200),
  plan_code text CONSTRAINT units_plan_code_check CHECK (length(plan_code) <= 100),
  client_reference text CONSTRAINT units_client_reference_check CHECK (length(client_reference) <= 200),
  vehicle text CONSTRAINT units_vehicle_check CHECK (length(vehicle) <= 200),
  customer text CONSTRAINT units_customer_check CHECK (length(customer) <= 200),
  office text CONSTRAINT units_office_check CHECK (length(office) <= 200),
  notes text CONSTRAINT units_notes_check CHECK (length(notes) <= 10000),
  provisioned_at timestamptz
);
-- A pseudo-ESN (80......) is worked out from the MEID and may repeat.
CREATE UNIQUE INDEX units_esn_key ON fleet.units (esn) WHERE esn !~ '^80';
-- Not unique: a SIM moves from unit to unit, and the row of the old one tells what was last read from it.
CREATE INDEX units_iccid ON fleet.units (iccid);
CREATE INDEX units_mdn ON fleet.units (mdn);
COMMENT ON TABLE fleet.units IS 'The fleet table. Edit it with plain SQL if you like: every office sees the change within seconds.';
COMMENT ON COLUMN fleet.units.serial IS 'What the unit is known by, once in the fleet: its IMEI, MEID or ESN unless another number is given';
COMMENT ON COLUMN fleet.units.serial_number IS 'Serial number on the housing or chip, as the unit tells it';
COMMENT ON COLUMN fleet.units.settings IS 'Settings as last read from the unit; a secret shows only whether it is set';
COMMENT ON COLUMN fleet.units.carrier_state IS 'Where the registration with the carrier stands';
COMMENT ON COLUMN fleet.units.carrier_id IS 'The carrier''s number for the unit';

CREATE FUNCTION fleet.fill_serial() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN NEW.serial := coalesce(NEW.imei, NEW.meid, NEW.esn); RETURN NEW; END $$;
CREATE TRIGGER fill_serial BEFORE INSERT ON fleet.units FOR EACH ROW WHEN (NEW.serial IS NULL) EXECUTE FUNCTION fleet.fill_serial();

CREATE TABLE fleet.sync_head (one boolean PRIMARY KEY DEFAULT true CHECK (one), rev bigint NOT NULL, xid xid8 NOT NULL,
  xact_at timestamptz NOT NULL, schema_version int NOT NULL DEFAULT 1, min_client int NOT NULL DEFAULT 1) WITH (fillfactor=10);
INSERT INTO fleet.sync_head(rev, xid, xact_at) VALUES (0, '0', '-infinity');
CREATE TABLE fleet.sync_commits (rev bigint PRIMARY KEY, tag uuid NOT NULL DEFAULT gen_random_uuid(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(), xact_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(), login name NOT NULL DEFAULT session_user);
INSERT INTO fleet.sync_commits(rev) VALUES (0);
CREATE TABLE fleet.unit_revs (unit_id uuid PRIMARY KEY, rev bigint NOT NULL);      -- id here, not in units = tombstone
CREATE INDEX unit_revs_feed ON fleet.unit_revs (rev, unit_id);
CREATE TABLE fleet.unit_history (unit_id uuid, n int, change jsonb NOT NULL, op_id uuid, actor text, login name NOT NULL DEFAULT session_user,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(), xact_at timestamptz NOT NULL DEFAULT transaction_timestamp(), PRIMARY KEY (unit_id, n));
CREATE TABLE fleet.sync_ops (op_id uuid PRIMARY KEY, device_id uuid NOT NULL, seq bigint NOT NULL, unit_id uuid NOT NULL, actor text,
  op jsonb NOT NULL, outcome text, detail jsonb, at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT sync_ops_device_id_seq_key UNIQUE (device_id, seq));
CREATE INDEX sync_ops_unit ON fleet.sync_ops (unit_id);
CREATE TABLE fleet.claims (kind text, key text, job_id uuid NOT NULL, device_id uuid NOT NULL, actor text, login name NOT NULL DEFAULT session_user,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (kind, key));

-- Runs at COMMIT: the revision is given by locking one row, so revisions have no gap and become visible in order.
CREATE FUNCTION fleet.stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE r bigint;
BEGIN
  UPDATE fleet.sync_head h SET rev = h.rev+1, xid = pg_current_xact_id(), xact_at = transaction_timestamp()
   WHERE (h.xid, h.xact_at) IS DISTINCT FROM (pg_current_xact_id(), transaction_timestamp()) RETURNING h.rev INTO r;
  IF FOUND THEN INSERT INTO fleet.sync_commits(rev) VALUES (r);              -- first changed row of this transaction
  ELSE SELECT h.rev INTO r FROM fleet.sync_head h; END IF;                   -- further rows share its revision
  INSERT INTO fleet.unit_revs AS t (unit_id, rev) VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, r)
    ON CONFLICT (unit_id) DO UPDATE SET rev = excluded.rev WHERE t.rev <> excluded.rev;
  RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER stamp_id AFTER INSERT OR DELETE ON fleet.units DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fleet.stamp();
CREATE CONSTRAINT TRIGGER stamp_u AFTER UPDATE ON fleet.units DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION fleet.stamp();

-- Times in the history are written in UTC, whatever zone the session has: the same moment is the same text.
CREATE FUNCTION fleet.log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE d jsonb; uid uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END;
BEGIN
  IF TG_OP = 'INSERT' THEN d := jsonb_build_object('insert', to_jsonb(NEW)); ELSIF TG_OP = 'DELETE' THEN d := jsonb_build_object('delete', to_jsonb(OLD));
  ELSE SELECT jsonb_object_agg(e.k, jsonb_build_array(to_jsonb(OLD)->e.k, e.v)) INTO d
         FROM jsonb_each(to_jsonb(NEW)) AS e(k, v) WHERE to_jsonb(OLD)->e.k IS DISTINCT FROM e.v; END IF;
  INSERT INTO fleet.unit_history(unit_id, n, change, op_id, actor)       -- n is safe: the unit's row is locked by this transaction
  VALUES (uid, (SELECT coalesce(max(h.n), 0) + 1 FROM fleet.unit_history h WHERE h.unit_id = uid), d,
          nullif(current_setting('fleet.op_id', true), '')::uuid, nullif(current_setting('fleet.actor', true), ''));
  RETURN NULL; END $$;
CREATE TRIGGER log_id AFTER INSERT OR DELETE ON fleet.units FOR EACH ROW EXECUTE FUNCTION fleet.log_change();
CREATE TRIGGER log_u AFTER UPDATE ON fleet.units FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION fleet.log_change();

CREATE FUNCTION fleet.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN RAISE EXCEPTION 'not allowed on units: %', TG_ARGV[0]; END $$;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON fleet.units EXECUTE FUNCTION fleet.refuse('TRUNCATE; use DELETE, the offices then see it');
CREATE TRIGGER no_new_id BEFORE UPDATE ON fleet.units FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION fleet.refuse('a new id; insert a new unit');
