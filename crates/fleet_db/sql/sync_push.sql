-- A batch of edits of one bench. Each leaves a receipt in the transaction that carries it out: sent twice, it is done once
-- and answered alike. The lists of columns are written out from one list, so that a new column cannot be forgotten.
CREATE OR REPLACE FUNCTION fleet.sync_push(p_device uuid, p_ops jsonb) RETURNS TABLE (op_id uuid, outcome text, detail jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' SET timezone = 'UTC' AS $push$
#variable_conflict use_column
DECLARE op jsonb; u jsonb; f text; b jsonb; v jsonb; bases jsonb; news jsonb; vset jsonb; clash jsonb; oc text; dt jsonb;
  uid uuid; oid uuid; blocked uuid[] := '{}'; con text; col text; other uuid; blanked text[]; swallowed boolean;
BEGIN
  IF jsonb_array_length(p_ops) > 500 THEN RAISE EXCEPTION 'more than 500 operations at once' USING ERRCODE = 'program_limit_exceeded'; END IF;
  FOR op IN SELECT e.x FROM jsonb_array_elements(p_ops) WITH ORDINALITY AS e(x, i) ORDER BY e.i LOOP
    oid := (op->>'op_id')::uuid; uid := (op->>'unit_id')::uuid; oc := NULL; dt := NULL; swallowed := false;
    IF uid = ANY (blocked) THEN RETURN QUERY SELECT oid, 'busy'::text, NULL::jsonb; CONTINUE; END IF;   -- order within a unit is kept
    INSERT INTO fleet.sync_ops(op_id, device_id, seq, unit_id, actor, op)     -- reserves the receipt; waits for the same op in flight elsewhere
      VALUES (oid, p_device, (op->>'seq')::bigint, uid, op->>'actor', op) ON CONFLICT ON CONSTRAINT sync_ops_pkey DO NOTHING;
    IF NOT FOUND THEN RETURN QUERY SELECT s.op_id, s.outcome, s.detail FROM fleet.sync_ops s WHERE s.op_id = oid; CONTINUE; END IF;
    PERFORM set_config('fleet.actor', coalesce(op->>'actor', ''), true), set_config('fleet.op_id', oid::text, true);
    BEGIN
      -- Both sides of each field in the column's own form: two writings of one moment or number are one value.
      SELECT to_jsonb(jsonb_populate_record(NULL::fleet.units, coalesce(jsonb_object_agg(e.k, e.x->'base'), '{}'))),
             to_jsonb(jsonb_populate_record(NULL::fleet.units, coalesce(jsonb_object_agg(e.k, e.x->'new'), '{}')))
        INTO bases, news FROM jsonb_each(op->'fields') AS e(k, x);
      FOR f IN SELECT e.k FROM jsonb_each(op->'fields') AS e(k, x) ORDER BY 1 LOOP
        -- A column that somebody added to the table is his: what is not written here is not answered as applied.
        IF NOT news ? f OR f = 'id' OR (op->>'kind' = 'set' AND f <> ALL (ARRAY[/*NAMES*/])) THEN RAISE EXCEPTION 'no field %', f USING ERRCODE = 'undefined_column'; END IF;
      END LOOP;
      IF op->>'kind' = 'create' THEN
        INSERT INTO fleet.units (/*COLUMNS*/) SELECT /*R.COLUMNS*/ FROM jsonb_populate_record(NULL::fleet.units, jsonb_build_object('id', uid/*DEFAULTS*/)
          || (SELECT coalesce(jsonb_object_agg(e.k, e.x->'new'), '{}') FROM jsonb_each(op->'fields') AS e(k, x) WHERE e.x->'new' <> 'null')) r;
        swallowed := NOT FOUND; oc := 'applied';
      ELSIF op->>'kind' IN ('set', 'delete') THEN
        SELECT to_jsonb(t) INTO u FROM fleet.units t WHERE t.id = uid FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN oc := CASE WHEN EXISTS (SELECT 1 FROM fleet.units t WHERE t.id = uid) THEN 'busy' ELSE 'gone' END;
        ELSE
          vset := '{}'; clash := '{}';
          FOR f IN SELECT e.k FROM jsonb_each(op->'fields') AS e(k, x) ORDER BY 1 LOOP
            b := bases->f; v := news->f;
            IF op->>'kind' = 'set' AND u->f = v THEN NULL; ELSIF u->f = b THEN vset := vset || jsonb_build_object(f, v);
            ELSE clash := clash || jsonb_build_object(f, u->f); END IF;
          END LOOP;
          IF clash <> '{}' AND (coalesce((op->>'atomic')::boolean, false) OR op->>'kind' = 'delete') THEN vset := '{}'; END IF;
          IF op->>'kind' = 'delete' THEN
            IF clash = '{}' THEN DELETE FROM fleet.units t WHERE t.id = uid; swallowed := NOT FOUND; oc := 'applied'; ELSE oc := 'conflict'; END IF;
          ELSE
            IF vset <> '{}' THEN UPDATE fleet.units t SET (/*SET COLUMNS*/)
              = (SELECT /*SET R.COLUMNS*/ FROM jsonb_populate_record(t, vset) r) WHERE t.id = uid; swallowed := NOT FOUND; END IF;
            oc := CASE WHEN clash = '{}' THEN 'applied' WHEN vset = '{}' THEN 'conflict' ELSE 'partial' END;
          END IF;
          IF clash <> '{}' THEN dt := jsonb_build_object('server', clash); END IF;
        END IF;
      ELSE RAISE EXCEPTION 'no kind %', op->>'kind' USING ERRCODE = 'invalid_parameter_value';
      END IF;
      IF swallowed THEN RAISE EXCEPTION 'a trigger of this database let the change fall'; END IF;    -- not one of ours
    EXCEPTION WHEN lock_not_available THEN oc := 'busy';
    WHEN integrity_constraint_violation OR data_exception OR undefined_column OR raise_exception THEN GET STACKED DIAGNOSTICS con = CONSTRAINT_NAME, col = COLUMN_NAME;
      oc := 'rejected'; dt := jsonb_build_object('sqlstate', SQLSTATE, 'constraint', nullif(con, ''), 'column', nullif(col, ''), 'message', SQLERRM);
      IF SQLSTATE = '23505' THEN                                             -- which unit has that number already
        SELECT t.id INTO other FROM fleet.units t WHERE t.serial = coalesce(news->>'serial', news->>'imei', news->>'meid', news->>'esn')
           OR t.imei = news->>'imei' OR t.meid = news->>'meid' OR (t.esn = news->>'esn' AND t.esn !~ '^80') ORDER BY t.id = uid LIMIT 1;
        dt := dt || jsonb_build_object('unit_id', other);
      END IF;
    END;
    IF oc = 'busy' THEN DELETE FROM fleet.sync_ops s WHERE s.op_id = oid; blocked := blocked || uid;      -- undecided: the client asks again later
    ELSE UPDATE fleet.sync_ops s SET outcome = oc, detail = dt WHERE s.op_id = oid; END IF;
    IF oc IN ('partial', 'conflict', 'gone', 'rejected') THEN        -- an office that was away must not bring back what was blanked
      SELECT array_agg(e.f) INTO blanked FROM fleet.purges p, unnest(p.fields) AS e(f) WHERE p.unit_id = uid;
      IF blanked IS NOT NULL THEN UPDATE fleet.sync_ops s SET op = jsonb_set(s.op, '{fields}', coalesce(s.op->'fields', '{}') - blanked),
        detail = s.detail - 'message' WHERE s.op_id = oid; END IF;
    END IF;
    RETURN QUERY SELECT oid, oc, dt;
  END LOOP; PERFORM set_config('fleet.actor', '', true), set_config('fleet.op_id', '', true); END $push$;
