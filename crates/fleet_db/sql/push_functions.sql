-- Makes a push known to the other benches. Telling it again changes nothing; the answer is whether it was new.
CREATE OR REPLACE FUNCTION fleet.share_push(p_push uuid, p_device uuid, p_actor text, p_about jsonb, p_progress jsonb, p_pilot int, p_units jsonb)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO fleet.pushes (push_id, device_id, actor, about, progress, state, pilot)
  VALUES (p_push, p_device, p_actor, p_about, p_progress, p_progress->'state'->>'state', p_pilot) ON CONFLICT (push_id) DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO fleet.push_units (push_id, turn, standing, way, pilot, body, device_id, actor, login, changed)
  SELECT p_push, (u->>'turn')::int, u->>'standing', u->>'way', coalesce((u->>'pilot')::boolean, false), u,
         CASE WHEN (u->>'attempts')::int > 0 THEN p_device END, CASE WHEN (u->>'attempts')::int > 0 THEN p_actor END,
         CASE WHEN (u->>'attempts')::int > 0 THEN session_user END, 0
    FROM jsonb_array_elements(p_units) u;
  RETURN true; END $$;

-- One unit of a push for one bench, for so many seconds. The answer is 'mine', or why not: 'held' by another bench, 'done' (nothing is left to
-- do for it), 'pilot' (the pilot has all its units), 'stopped' (the push does not run), 'unknown'. Asked again by its holder it is held longer.
-- A bench that has gone loses a unit that another one has on a cable now; a text message, which may be on its way, is never sent by two.
CREATE OR REPLACE FUNCTION fleet.claim_push_unit(p_push uuid, p_turn int, p_device uuid, p_actor text, p_way text, p_hold_s int)
RETURNS TABLE (answer text, actor text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE p fleet.pushes; u fleet.push_units; is_open boolean; in_pilot boolean;
BEGIN
  SELECT * INTO p FROM fleet.pushes s WHERE s.push_id = p_push FOR UPDATE;
  SELECT * INTO u FROM fleet.push_units s WHERE s.push_id = p_push AND s.turn = p_turn;
  IF p.push_id IS NULL OR u.push_id IS NULL THEN RETURN QUERY SELECT 'unknown', NULL::text; RETURN; END IF;
  is_open := u.standing IN ('waiting', 'sent');
  in_pilot := is_open AND p.progress->>'wave' = 'pilot';
  IF NOT is_open AND NOT (u.standing = 'taken' AND p_way = 'cable') THEN RETURN QUERY SELECT 'done', u.actor; RETURN; END IF;
  IF u.device_id <> p_device AND (u.held_until > clock_timestamp() OR (p_way = 'sms' AND u.way = 'sms' AND u.standing <> 'waiting')) THEN
    RETURN QUERY SELECT 'held', u.actor; RETURN;
  END IF;
  -- A reading on a cable may prove what a message brought, whenever the unit turns up.
  IF is_open AND p.state <> 'running' AND NOT (p_way = 'cable' AND u.way = 'sms' AND u.standing = 'sent') THEN RETURN QUERY SELECT 'stopped', p.actor; RETURN; END IF;
  IF in_pilot AND NOT u.pilot AND (SELECT count(*) FROM fleet.push_units s WHERE s.push_id = p_push AND s.pilot) >= p.pilot THEN
    RETURN QUERY SELECT 'pilot', NULL::text; RETURN;
  END IF;
  UPDATE fleet.pushes s SET changed = s.changed + 1, last_at = clock_timestamp() WHERE s.push_id = p_push;
  UPDATE fleet.push_units s SET device_id = p_device, actor = p_actor, login = session_user, way = p_way, pilot = s.pilot OR in_pilot,
    standing = CASE WHEN is_open THEN 'sent' ELSE s.standing END, changed = p.changed + 1,
    held_until = clock_timestamp() + make_interval(secs => least(greatest(p_hold_s, 1), 3600))
   WHERE s.push_id = p_push AND s.turn = p_turn;
  RETURN QUERY SELECT 'mine', p_actor; END $$;

-- What a bench did: units, each {turn, standing, way, pilot, ...} with 'in_hand' when it goes on with it, and how the push stands where it
-- changed that. A word is taken from who has the unit, or where nobody has it and the bench had heard all of it (p_heard); what another bench
-- proved stays proved. Turn -1 is the push.
CREATE OR REPLACE FUNCTION fleet.tell_push(p_push uuid, p_device uuid, p_actor text, p_heard bigint, p_progress jsonb, p_units jsonb, p_hold_s int)
RETURNS TABLE (turn int, taken boolean) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE p fleet.pushes; n bigint; t jsonb;
BEGIN
  SELECT * INTO p FROM fleet.pushes s WHERE s.push_id = p_push FOR UPDATE;
  IF p.push_id IS NULL THEN RETURN; END IF;
  n := p.changed + 1;
  FOR t IN SELECT e FROM jsonb_array_elements(p_units) e LOOP
    UPDATE fleet.push_units s SET standing = t->>'standing', way = t->>'way', pilot = coalesce((t->>'pilot')::boolean, false), body = t - 'in_hand',
        device_id = p_device, actor = p_actor, login = session_user, changed = n,
        held_until = CASE WHEN (t->>'in_hand')::boolean THEN clock_timestamp() + make_interval(secs => least(greatest(p_hold_s, 1), 3600)) END
     WHERE s.push_id = p_push AND s.turn = (t->>'turn')::int
       AND (s.device_id = p_device OR (s.changed <= p_heard AND coalesce(s.held_until <= clock_timestamp(), true) AND s.standing <> 'verified'));
    RETURN QUERY SELECT (t->>'turn')::int, FOUND;
  END LOOP;
  IF p_progress IS NOT NULL THEN
    -- A bench may go on with its own word, and a cancel is never lost to a word that crossed it.
    IF p.progress_changed <= p_heard OR p.progress_device = p_device
       OR (p_progress->'state'->>'state' = 'cancelled' AND p.state NOT IN ('cancelled', 'ended')) THEN
      UPDATE fleet.pushes s SET progress = p_progress, state = p_progress->'state'->>'state', progress_changed = n, progress_device = p_device,
          progress_login = session_user
       WHERE s.push_id = p_push;
      RETURN QUERY SELECT -1, true;
    ELSE RETURN QUERY SELECT -1, false; END IF;
  END IF;
  UPDATE fleet.pushes s SET changed = n, last_at = clock_timestamp() WHERE s.push_id = p_push; END $$;

-- Units that are still in this bench's hands: they are held for so much longer.
CREATE OR REPLACE FUNCTION fleet.hold_push_units(p_push uuid, p_device uuid, p_turns int[], p_hold_s int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE held int;
BEGIN
  UPDATE fleet.push_units s SET held_until = clock_timestamp() + make_interval(secs => least(greatest(p_hold_s, 1), 3600))
   WHERE s.push_id = p_push AND s.device_id = p_device AND s.turn = ANY (p_turns) AND s.held_until IS NOT NULL;
  GET DIAGNOSTICS held = ROW_COUNT; RETURN held; END $$;
