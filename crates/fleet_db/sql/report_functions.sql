-- The report store's functions. The collector may call these and read nothing else.

-- Whether this collector may store here: 'ready' or 'too_old'.
CREATE OR REPLACE FUNCTION fleet.report_ready(p_collector int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN r.min_collector > p_collector THEN 'too_old' ELSE 'ready' END FROM fleet.report_rules r $$;

-- Takes the lease of a feed. Outcome: 'mine', 'other' (somebody reads it now), 'done' (a window read to its end), 'too_old'.
CREATE OR REPLACE FUNCTION fleet.report_begin(p_feed text, p_carrier text, p_owner uuid, p_lease_s int, p_collector int)
RETURNS TABLE (outcome text, cursor text, tail_cursor text, newest_received_at timestamptz, window_from timestamptz, window_to timestamptz, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE moment timestamptz := clock_timestamp(); f fleet.feeds;
BEGIN
  IF fleet.report_ready(p_collector) <> 'ready' THEN
    RETURN QUERY SELECT 'too_old'::text, NULL::text, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, moment; RETURN;
  END IF;
  INSERT INTO fleet.feeds (feed, carrier) VALUES (p_feed, p_carrier) ON CONFLICT (feed) DO NOTHING;
  UPDATE fleet.feeds t SET lease_owner = p_owner, lease_until = moment + make_interval(secs => p_lease_s), begun_at = moment
    WHERE t.feed = p_feed AND NOT t.done AND (t.lease_owner IS NULL OR t.lease_owner = p_owner OR t.lease_until < moment) RETURNING t.* INTO f;
  IF FOUND THEN
    RETURN QUERY SELECT 'mine'::text, f.cursor, f.tail_cursor, f.newest_received_at, f.window_from, f.window_to, moment;
  ELSE
    RETURN QUERY SELECT CASE WHEN t.done THEN 'done' ELSE 'other' END, NULL::text, NULL::text, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, moment
      FROM fleet.feeds t WHERE t.feed = p_feed;
  END IF;
END $$;

-- Makes the partition of one day (UTC) and moves rows of that day into it. False when somebody reads the table just now: a later run does it.
CREATE OR REPLACE FUNCTION fleet.make_report_day(p_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '1s' AS $$
DECLARE part text := 'position_reports_' || to_char(p_day, 'YYYYMMDD'); moved bigint;
BEGIN
  IF to_regclass('fleet.' || part) IS NOT NULL THEN RETURN true; END IF;
  BEGIN
    PERFORM pg_advisory_xact_lock(7310579612375);
    IF to_regclass('fleet.' || part) IS NOT NULL THEN RETURN true; END IF;
    -- Made apart and attached: that does not wait for people who are reading other days.
    EXECUTE format('CREATE TABLE fleet.%I (LIKE fleet.position_reports INCLUDING ALL)', part);
    EXECUTE format('WITH moved AS (DELETE FROM fleet.position_reports_other WHERE reported_at >= %L AND reported_at < %L RETURNING *) INSERT INTO fleet.%I SELECT * FROM moved',
      p_day::timestamptz, (p_day + 1)::timestamptz, part);
    EXECUTE format('ALTER TABLE fleet.position_reports ATTACH PARTITION fleet.%I FOR VALUES FROM (%L) TO (%L)', part, p_day::timestamptz, (p_day + 1)::timestamptz);
    RETURN true;
  EXCEPTION WHEN lock_not_available OR check_violation OR deadlock_detected THEN RETURN false;
  END;
END $$;

-- Stores one page in one transaction: reports, latest, cursor and lease together. The page began at p_start; with p_next NULL the cursor
-- stays (a second reading).
-- Who lost the lease, or stands elsewhere than at p_from, is refused with FD001 and nothing is stored. Returns the number of new rows.
CREATE OR REPLACE FUNCTION fleet.report_page(p_feed text, p_owner uuid, p_lease_s int, p_start text, p_from text, p_next text, p_newest timestamptz,
  p_report text[], p_unit text[], p_mdn text[], p_reported timestamptz[], p_received timestamptz[], p_unit_time timestamptz[],
  p_lat double precision[], p_lon double precision[], p_odometer bigint[], p_sequence bigint[], p_event bigint[],
  p_speed real[], p_altitude real[], p_accuracy real[], p_hdop real[], p_voltage real[], p_heading smallint[], p_satellites smallint[],
  p_ignition boolean[], p_payload text[],
  p_bad_report text[], p_bad_reason text[], p_bad_received timestamptz[], p_bad_body text[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE who text; d date; fresh bigint := 0; first_number bigint; devices bigint[];
BEGIN
  -- This commit need not wait for the disk: were it lost with the server, the cursor would be lost with it and the page be fetched again. The end
  -- of a run waits, and with it is safe all that came before.
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE fleet.feeds f SET cursor = coalesce(p_next, f.cursor), tail_cursor = CASE WHEN p_next IS NULL THEN f.tail_cursor ELSE p_start END, newest_received_at = greatest(f.newest_received_at, p_newest),
      lease_until = clock_timestamp() + make_interval(secs => p_lease_s)
    WHERE f.feed = p_feed AND f.lease_owner = p_owner AND (p_next IS NULL OR f.cursor IS NOT DISTINCT FROM p_from) RETURNING f.carrier INTO who;
  IF NOT FOUND THEN RAISE EXCEPTION 'the lease of feed % is lost', p_feed USING ERRCODE = 'FD001'; END IF;
  INSERT INTO fleet.rejected_reports (carrier, report_id, reason, received_at, body)
    SELECT who, b.id, b.reason, b.received, b.body::jsonb FROM unnest(p_bad_report, p_bad_reason, p_bad_received, p_bad_body) AS b(id, reason, received, body)
    ON CONFLICT DO NOTHING;
  IF cardinality(p_report) = 0 THEN RETURN 0; END IF;

  -- Waited once at most: while somebody reads for long, every further day would wait as well, and the page not be stored in time. The default
  -- partition takes the rows, and a later run moves them.
  FOR d IN SELECT DISTINCT (r.t AT TIME ZONE 'UTC')::date FROM unnest(p_reported) AS r(t) LOOP EXIT WHEN NOT fleet.make_report_day(d); END LOOP;

  LOOP
    SELECT array_agg(x.id ORDER BY n.i) INTO devices FROM unnest(p_unit) WITH ORDINALITY AS n(u, i)
      JOIN fleet.reporting_devices x ON x.carrier = who AND x.carrier_unit = n.u;
    EXIT WHEN cardinality(devices) = cardinality(p_unit);
    -- Somebody new. The row that gives the numbers keeps two pages from naming the same newcomer twice.
    UPDATE fleet.report_rules r SET next_device = r.next_device + cardinality(p_unit) RETURNING r.next_device - cardinality(p_unit) INTO first_number;
    INSERT INTO fleet.reporting_devices (id, carrier, carrier_unit, mdn)
      SELECT first_number + row_number() OVER (ORDER BY n.u) - 1, who, n.u, max(n.m) FROM unnest(p_unit, p_mdn) AS n(u, m)
       WHERE NOT EXISTS (SELECT 1 FROM fleet.reporting_devices x WHERE x.carrier = who AND x.carrier_unit = n.u) GROUP BY n.u
      ON CONFLICT DO NOTHING;
  END LOOP;

  -- Lists are taken apart where the rows are made: one unnest() of them all lays each aside first, which costs twice as much.
  -- A page read for the first time seldom holds what is there already: tried without looking at each row first, which costs a third less. Where one
  -- is there after all (told twice, or read twice after a crash), the page is gone through row by row.
  BEGIN
    IF p_next IS NULL THEN RAISE unique_violation; END IF;
    INSERT INTO fleet.position_reports (device_id, reported_at, received_at, unit_time, latitude, longitude, odometer_m, sequence, event_code,
        speed_kmh, altitude_m, accuracy_m, hdop, main_voltage, heading_deg, satellites, ignition, report_id, payload_base64)
      SELECT unnest(devices), unnest(p_reported), unnest(p_received), unnest(p_unit_time), unnest(p_lat), unnest(p_lon), unnest(p_odometer),
        unnest(p_sequence), unnest(p_event), unnest(p_speed), unnest(p_altitude), unnest(p_accuracy), unnest(p_hdop), unnest(p_voltage),
        unnest(p_heading), unnest(p_satellites), unnest(p_ignition), unnest(p_report), unnest(p_payload);
    GET DIAGNOSTICS fresh = ROW_COUNT;
  EXCEPTION WHEN unique_violation THEN
    INSERT INTO fleet.position_reports (device_id, reported_at, received_at, unit_time, latitude, longitude, odometer_m, sequence, event_code,
        speed_kmh, altitude_m, accuracy_m, hdop, main_voltage, heading_deg, satellites, ignition, report_id, payload_base64)
      SELECT unnest(devices), unnest(p_reported), unnest(p_received), unnest(p_unit_time), unnest(p_lat), unnest(p_lon), unnest(p_odometer),
        unnest(p_sequence), unnest(p_event), unnest(p_speed), unnest(p_altitude), unnest(p_accuracy), unnest(p_hdop), unnest(p_voltage),
        unnest(p_heading), unnest(p_satellites), unnest(p_ignition), unnest(p_report), unnest(p_payload)
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
  END;
  IF fresh = 0 THEN RETURN 0; END IF;

  -- One row for each device, in one order: a page may hold a device many times, and two pages at once must not wait for each other in a ring.
  INSERT INTO fleet.unit_latest AS l (device_id, reported_at, report_id, received_at, odometer_m, event_code, main_voltage, ignition,
      position_at, position_report_id, latitude, longitude, speed_kmh, heading_deg)
    SELECT h.dev, h.t, h.id, h.heard, h.odometer, h.event, h.voltage, h.ignition, p.t, p.id, p.lat, p.lon, p.speed, p.heading
      FROM (SELECT DISTINCT ON (n.dev) n.*, max(n.received) OVER (PARTITION BY n.dev) AS heard
              FROM (SELECT unnest(devices) AS dev, unnest(p_reported) AS t, unnest(p_report) AS id, unnest(p_received) AS received,
                           unnest(p_odometer) AS odometer, unnest(p_event) AS event, unnest(p_voltage) AS voltage, unnest(p_ignition) AS ignition) n
             ORDER BY n.dev, n.t DESC, n.id COLLATE "C" DESC) h
      LEFT JOIN (SELECT DISTINCT ON (n.dev) n.*
              FROM (SELECT unnest(devices) AS dev, unnest(p_reported) AS t, unnest(p_report) AS id, unnest(p_lat) AS lat, unnest(p_lon) AS lon,
                           unnest(p_speed) AS speed, unnest(p_heading) AS heading) n
             WHERE n.lat IS NOT NULL ORDER BY n.dev, n.t DESC, n.id COLLATE "C" DESC) p ON p.dev = h.dev
     ORDER BY h.dev
    ON CONFLICT (device_id) DO UPDATE SET
      reported_at = CASE WHEN (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) THEN excluded.reported_at ELSE l.reported_at END,
      report_id = CASE WHEN (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) THEN excluded.report_id ELSE l.report_id END,
      -- When it was heard last, also where what it told was old.
      received_at = greatest(l.received_at, excluded.received_at),
      odometer_m = CASE WHEN (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) THEN excluded.odometer_m ELSE l.odometer_m END,
      event_code = CASE WHEN (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) THEN excluded.event_code ELSE l.event_code END,
      main_voltage = CASE WHEN (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) THEN excluded.main_voltage ELSE l.main_voltage END,
      ignition = CASE WHEN (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) THEN excluded.ignition ELSE l.ignition END,
      position_at = CASE WHEN excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id) THEN excluded.position_at ELSE l.position_at END,
      position_report_id = CASE WHEN excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id) THEN excluded.position_report_id ELSE l.position_report_id END,
      latitude = CASE WHEN excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id) THEN excluded.latitude ELSE l.latitude END,
      longitude = CASE WHEN excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id) THEN excluded.longitude ELSE l.longitude END,
      speed_kmh = CASE WHEN excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id) THEN excluded.speed_kmh ELSE l.speed_kmh END,
      heading_deg = CASE WHEN excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id) THEN excluded.heading_deg ELSE l.heading_deg END
      WHERE (excluded.reported_at, excluded.report_id) > (l.reported_at, l.report_id) OR excluded.received_at > l.received_at OR excluded.position_at > l.position_at OR (l.position_at IS NULL AND excluded.position_at IS NOT NULL) OR (excluded.position_at = l.position_at AND excluded.position_report_id > l.position_report_id);
  RETURN fresh;
END $$;

-- Remembers what a page told, in the transaction that stores it; the last twenty pages are kept.
CREATE OR REPLACE FUNCTION fleet.report_told(p_feed text, p_told bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE last int := (SELECT coalesce(max(t.page), 0) FROM fleet.told_reports t WHERE t.feed = p_feed);
BEGIN
  IF cardinality(p_told) = 0 THEN RETURN; END IF;
  INSERT INTO fleet.told_reports (feed, page, told) VALUES (p_feed, last + 1, p_told);
  DELETE FROM fleet.told_reports t WHERE t.feed = p_feed AND t.page <= last - 19;
END $$;
CREATE OR REPLACE FUNCTION fleet.report_memory(p_feed text) RETURNS SETOF bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.told FROM fleet.told_reports t WHERE t.feed = p_feed ORDER BY t.page $$;

-- The carrier threw away what was not fetched: written down, and read on where it says. Only from where this run stands.
CREATE OR REPLACE FUNCTION fleet.report_gap(p_feed text, p_owner uuid, p_lost_from text, p_continue text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE fleet.feeds f SET cursor = p_continue, tail_cursor = NULL WHERE f.feed = p_feed AND f.lease_owner = p_owner AND f.cursor IS NOT DISTINCT FROM p_lost_from;
  IF NOT FOUND THEN RAISE EXCEPTION 'the lease of feed % is lost', p_feed USING ERRCODE = 'FD001'; END IF;
  INSERT INTO fleet.feed_gaps (feed, lost_from, continued_from) VALUES (p_feed, p_lost_from, p_continue);
END $$;

-- Ends a run: gives the lease back, makes partitions ahead, finds the units behind new devices. Tells rows in the default partition.
-- p_caught_up is NULL where the run brought nothing and was not at the end of the feed either (it failed, or was not let): then it does not count as
-- one, so that nobody takes units for silent that were only not asked about.
CREATE OR REPLACE FUNCTION fleet.report_end(p_feed text, p_owner uuid, p_caught_up boolean, p_done boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE stray bigint; d date;
BEGIN
  UPDATE fleet.feeds f SET lease_owner = NULL, lease_until = NULL, done = f.done OR p_done,
      finished_at = CASE WHEN p_caught_up IS NULL THEN f.finished_at ELSE clock_timestamp() END, caught_up = coalesce(p_caught_up, f.caught_up)
    WHERE f.feed = p_feed AND f.lease_owner = p_owner;
  FOR d IN SELECT current_date + n FROM generate_series(0, 7) AS n
      UNION ALL (SELECT DISTINCT (o.reported_at AT TIME ZONE 'UTC')::date FROM fleet.position_reports_other o LIMIT 20) LOOP
    EXIT WHEN NOT fleet.make_report_day(d);
  END LOOP;
  PERFORM fleet.link_devices();
  SELECT count(*) INTO stray FROM fleet.position_reports_other;
  RETURN stray;
END $$;

-- Finds the unit behind each device that has none: by IMEI, by MEID, by the carrier's number.
CREATE OR REPLACE FUNCTION fleet.link_devices() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE linked bigint; more bigint;
BEGIN
  UPDATE fleet.reporting_devices x SET unit_id = NULL WHERE x.unit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM fleet.units u WHERE u.id = x.unit_id);
  UPDATE fleet.reporting_devices x SET unit_id = u.id FROM fleet.units u WHERE x.unit_id IS NULL AND u.imei = x.imei;
  GET DIAGNOSTICS linked = ROW_COUNT;
  UPDATE fleet.reporting_devices x SET unit_id = u.id FROM fleet.units u WHERE x.unit_id IS NULL AND u.meid = x.meid;
  GET DIAGNOSTICS more = ROW_COUNT; linked := linked + more;
  UPDATE fleet.reporting_devices x SET unit_id = u.id FROM fleet.units u WHERE x.unit_id IS NULL AND x.imei IS NULL AND x.meid IS NULL AND u.carrier_id = x.carrier_unit;
  GET DIAGNOSTICS more = ROW_COUNT;
  RETURN linked + more;
END $$;

-- Devices about which the carrier should be asked who they are: they have neither IMEI nor MEID, and no unit of the fleet has their number. Asked again
-- each hour of their first day, then once a day: some have only an ESN, some are no longer the account's, and each question costs a call of the day.
CREATE OR REPLACE FUNCTION fleet.unnamed_devices(p_carrier text, p_most int) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT x.carrier_unit FROM fleet.reporting_devices x WHERE x.carrier = p_carrier AND x.imei IS NULL AND x.meid IS NULL
       AND (x.asked_at IS NULL OR x.asked_at < clock_timestamp() - CASE WHEN x.first_seen_at > clock_timestamp() - interval '1 day' THEN interval '1 hour' ELSE interval '1 day' END)
       AND NOT EXISTS (SELECT 1 FROM fleet.units u WHERE u.carrier_id = x.carrier_unit) ORDER BY x.id LIMIT p_most $$;

-- What the carrier says who they are, after it was asked about p_asked. A device that turns out to be another unit is found anew.
CREATE OR REPLACE FUNCTION fleet.devices_told(p_carrier text, p_asked text[], p_unit text[], p_imei text[], p_meid text[], p_mdn text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE fleet.reporting_devices x SET imei = n.imei, meid = n.meid,
      -- A phone number that was blanked of a person does not come back by this way.
      mdn = CASE WHEN EXISTS (SELECT 1 FROM fleet.purges g WHERE g.unit_id = x.unit_id AND 'mdn' = ANY (g.fields)) THEN x.mdn ELSE coalesce(n.mdn, x.mdn) END,
      unit_id = CASE WHEN (x.imei, x.meid) IS DISTINCT FROM (n.imei, n.meid) THEN NULL ELSE x.unit_id END
    FROM unnest(p_unit, p_imei, p_meid, p_mdn) AS n(unit, imei, meid, mdn)
    WHERE x.carrier = p_carrier AND x.carrier_unit = n.unit AND (x.imei, x.meid, x.mdn) IS DISTINCT FROM (n.imei, n.meid, coalesce(n.mdn, x.mdn));
  UPDATE fleet.reporting_devices x SET asked_at = clock_timestamp() WHERE x.carrier = p_carrier AND x.carrier_unit = ANY (p_asked);
  PERFORM fleet.link_devices();
END $$;

-- The same two for collectors that were installed before them.
CREATE OR REPLACE FUNCTION fleet.devices_to_name(p_carrier text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT count(*) FROM fleet.unnamed_devices(p_carrier, 1) $$;
CREATE OR REPLACE FUNCTION fleet.name_devices(p_carrier text, p_unit text[], p_imei text[], p_meid text[], p_mdn text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT fleet.devices_told(p_carrier, ARRAY(SELECT fleet.unnamed_devices(p_carrier, 1000000)), p_unit, p_imei, p_meid, p_mdn) $$;

-- A second reading of past days, beside the ordinary one: reports received in [p_from, p_to). Run by the collector's 'backfill'. One that was read to
-- its end is read from the beginning when it is asked for again; one that was not goes on.
CREATE OR REPLACE FUNCTION fleet.report_window(p_feed text, p_carrier text, p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO fleet.feeds AS f (feed, carrier, window_from, window_to) VALUES (p_feed, p_carrier, p_from, p_to)
    ON CONFLICT (feed) DO UPDATE SET done = false, cursor = NULL, tail_cursor = NULL, newest_received_at = NULL WHERE f.done;
END $$;

-- Drops whole days before p_before. For the installer only.
CREATE OR REPLACE FUNCTION fleet.drop_report_days(p_before date) RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE part text; dropped int := 0;
BEGIN
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'fleet.position_reports'::regclass
      AND c.relname ~ '^position_reports_[0-9]{8}$' AND c.relname < 'position_reports_' || to_char(p_before, 'YYYYMMDD') LOOP
    EXECUTE format('DROP TABLE fleet.%I', part); dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
