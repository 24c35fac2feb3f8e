-- What a change was, and whose: the name of an office and the number of its operation count only inside that operation, while its receipt is
-- open. Whoever sets them in a session of his own is told by his login, like everybody who edits in SQL.
CREATE OR REPLACE FUNCTION fleet.log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE d jsonb; uid uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END; said text := nullif(current_setting('fleet.op_id', true), ''); op uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN d := jsonb_build_object('insert', to_jsonb(NEW)); ELSIF TG_OP = 'DELETE' THEN d := jsonb_build_object('delete', to_jsonb(OLD));
  ELSE SELECT jsonb_object_agg(e.k, jsonb_build_array(to_jsonb(OLD)->e.k, e.v)) INTO d
         FROM jsonb_each(to_jsonb(NEW)) AS e(k, v) WHERE to_jsonb(OLD)->e.k IS DISTINCT FROM e.v; END IF;
  IF said IS NOT NULL THEN SELECT s.op_id INTO op FROM fleet.sync_ops s WHERE s.op_id = said::uuid AND s.outcome IS NULL; END IF;
  INSERT INTO fleet.unit_history(unit_id, n, change, op_id, actor)       -- n is safe: the unit's row is locked by this transaction
  VALUES (uid, (SELECT coalesce(max(h.n), 0) + 1 FROM fleet.unit_history h WHERE h.unit_id = uid), d,
          op, CASE WHEN op IS NOT NULL THEN nullif(current_setting('fleet.actor', true), '') END);
  RETURN NULL; END $$;

CREATE OR REPLACE FUNCTION fleet.known_ops(p uuid[]) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.op_id FROM fleet.sync_ops s WHERE s.op_id = ANY (p) $$;

-- One holder for each key until its registration has ended; asked again, everybody is told the same one.
CREATE OR REPLACE FUNCTION fleet.claim(p_kind text, p_key text, p_job uuid, p_device uuid, p_actor text)
RETURNS TABLE (mine boolean, job_id uuid, actor text, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO fleet.claims AS c (kind, key, job_id, device_id, actor) VALUES (p_kind, p_key, p_job, p_device, p_actor)
    ON CONFLICT (kind, key) DO UPDATE SET job_id = excluded.job_id, device_id = excluded.device_id, actor = excluded.actor,
      login = excluded.login, at = excluded.at, done_at = NULL WHERE c.done_at IS NOT NULL AND c.job_id <> excluded.job_id;
  RETURN QUERY SELECT c.job_id = p_job, c.job_id, c.actor, c.at FROM fleet.claims c WHERE c.kind = p_kind AND c.key = p_key; END $$;

-- Which units and SIMs benches have in hand now, newest first.
CREATE OR REPLACE FUNCTION fleet.open_claims() RETURNS TABLE (kind text, key text, job_id uuid, actor text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT c.kind, c.key, c.job_id, c.actor, c.at FROM fleet.claims c WHERE c.done_at IS NULL ORDER BY c.at DESC, c.kind, c.key LIMIT 1000 $$;

-- A bench's word that these jobs have ended, however: also where what they found waits for a person's decision and no row was written.
CREATE OR REPLACE FUNCTION fleet.end_claims(p_jobs uuid[]) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE ended int;
BEGIN
  UPDATE fleet.claims c SET done_at = clock_timestamp() WHERE c.done_at IS NULL AND c.job_id = ANY (p_jobs);
  GET DIAGNOSTICS ended = ROW_COUNT; RETURN ended; END $$;

-- Gives up a claim whose bench is gone for good. Run by the owner, after a look at the carrier's portal.
CREATE OR REPLACE FUNCTION fleet.release_claim(p_key text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE released int;
BEGIN DELETE FROM fleet.claims c WHERE c.key = p_key; GET DIAGNOSTICS released = ROW_COUNT; RETURN released; END $$;

-- Who has the unit's row in an open transaction, prepared ones included, and since when; asked without a unit, who has the counter of revisions,
-- which everybody's commit waits for (SET CONSTRAINTS ... IMMEDIATE, PREPARE TRANSACTION). Nothing when nobody has, or when it cannot be told.
CREATE OR REPLACE FUNCTION fleet.row_holder(p_unit uuid) RETURNS TABLE (login name, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ WITH held AS (SELECT t.xmax AS by_xid FROM fleet.units t WHERE t.id = p_unit
                    UNION ALL SELECT h.xmax FROM fleet.sync_head h WHERE p_unit IS NULL)
      SELECT a.usename, a.xact_start FROM held JOIN pg_catalog.pg_locks l ON l.locktype = 'transactionid' AND l.transactionid = held.by_xid
        JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.granted AND l.mode = 'ExclusiveLock'        -- also one behind a savepoint
      UNION ALL SELECT p.owner, p.prepared FROM held JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = held.by_xid WHERE held.by_xid <> '0' $$;

-- Blanks facts about a person (customer, vehicle, notes, ...) of one unit wherever this database keeps them: the row, its history and the
-- receipts. Run by the owner, with the reason on paper. Benches hear of it in their next round and blank the same in their own files.
CREATE OR REPLACE FUNCTION fleet.purge(p_unit uuid, p_fields text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE f text; blank jsonb := '{}'; touched int := 0; more int; r bigint;
BEGIN
  FOREACH f IN ARRAY p_fields LOOP
    IF f NOT IN ('serial_number', 'iccid', 'imsi', 'mdn', 'msid', 'carrier_id', 'client_reference', 'vehicle', 'customer', 'office', 'notes') THEN
      RAISE EXCEPTION 'the field % is not one that can be blanked', f USING ERRCODE = 'invalid_parameter_value';
    END IF;
    blank := blank || jsonb_build_object(f, NULL);
  END LOOP;
  PERFORM 1 FROM fleet.units t WHERE t.id = p_unit FOR UPDATE;
  UPDATE fleet.units t SET (serial_number, iccid, imsi, mdn, msid, carrier_id, client_reference, vehicle, customer, office, notes)
    = (SELECT r.serial_number, r.iccid, r.imsi, r.mdn, r.msid, r.carrier_id, r.client_reference, r.vehicle, r.customer, r.office, r.notes
         FROM jsonb_populate_record(t, blank) r) WHERE t.id = p_unit;
  GET DIAGNOSTICS touched = ROW_COUNT;
  -- After the row, because blanking it has just written its old values into the history.
  UPDATE fleet.unit_history h SET change = CASE
      WHEN h.change ? 'insert' THEN jsonb_build_object('insert', (h.change->'insert') || blank)
      WHEN h.change ? 'delete' THEN jsonb_build_object('delete', (h.change->'delete') || blank)
      ELSE h.change - p_fields END
   WHERE h.unit_id = p_unit;
  GET DIAGNOSTICS more = ROW_COUNT; touched := touched + more;
  UPDATE fleet.sync_ops s SET
      op = jsonb_set(s.op, '{fields}', coalesce(s.op->'fields', '{}') - p_fields),
      detail = CASE WHEN s.detail ? 'server' THEN jsonb_set(s.detail, '{server}', (s.detail->'server') - p_fields) ELSE s.detail - 'message' END
   WHERE s.unit_id = p_unit;
  GET DIAGNOSTICS more = ROW_COUNT;
  IF 'mdn' = ANY (p_fields) THEN UPDATE fleet.reporting_devices x SET mdn = NULL WHERE x.unit_id = p_unit; END IF;
  -- A revision of its own for the offices, also where the row was blank already or is deleted; otherwise as fleet.stamp gives one.
  IF EXISTS (SELECT 1 FROM fleet.unit_revs t WHERE t.unit_id = p_unit) OR touched > 0 THEN
    UPDATE fleet.sync_head h SET rev = h.rev+1, xid = pg_current_xact_id(), xact_at = transaction_timestamp()
     WHERE (h.xid, h.xact_at) IS DISTINCT FROM (pg_current_xact_id(), transaction_timestamp()) RETURNING h.rev INTO r;
    IF FOUND THEN INSERT INTO fleet.sync_commits(rev) VALUES (r);
    ELSE SELECT h.rev INTO r FROM fleet.sync_head h; END IF;
    INSERT INTO fleet.unit_revs AS t (unit_id, rev) VALUES (p_unit, r)
      ON CONFLICT (unit_id) DO UPDATE SET rev = excluded.rev WHERE t.rev <> excluded.rev;
    INSERT INTO fleet.purges AS p (rev, unit_id, fields) VALUES (r, p_unit, p_fields)
      ON CONFLICT (rev, unit_id) DO UPDATE SET fields = p.fields || excluded.fields;
  END IF;
  RETURN touched + more; END $$;

-- Makes an existing login a member of one of the roles, with limits. Run by who may alter roles. (Settings of a role are not
-- inherited by its members, so each login has its own.)
CREATE OR REPLACE FUNCTION fleet.admit(p_login name, p_role name, p_connections int DEFAULT 5) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_role NOT IN ('fleet_app', 'fleet_editor', 'fleet_reader', 'fleet_collector') THEN
    RAISE EXCEPTION 'the role is fleet_app, fleet_editor, fleet_reader or fleet_collector, not %', p_role USING ERRCODE = 'invalid_parameter_value';
  END IF;
  EXECUTE format('GRANT %I TO %I', p_role, p_login);
  EXECUTE format('ALTER ROLE %I CONNECTION LIMIT %s', p_login, p_connections);
  IF p_role = 'fleet_app' THEN
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', p_login);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', p_login);
  ELSE
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10min''', p_login);
  END IF; END $$;
