-- Views for Tableau and the offices: plain names, one row for what they name, times in UTC and named so. New columns are added at the end.

-- One row for each unit, by its device that was heard last. A moment that no calendar has ('infinity', the year 294276: SQL takes them) is told as none:
-- one such row must not take a whole list away from whoever reads it.
CREATE OR REPLACE VIEW fleet.v_fleet_now AS
SELECT u.id AS unit_id, u.serial, u.imei, u.meid, u.model, u.vehicle, u.customer, u.office, u.state AS bench_state, u.carrier_state, u.mdn AS phone_number,
       CASE WHEN u.provisioned_at BETWEEN '1970-01-01 00:00+00' AND '9999-12-30 00:00+00' THEN u.provisioned_at END AT TIME ZONE 'UTC' AS provisioned_utc,
       l.reported_at AT TIME ZONE 'UTC' AS last_report_utc, l.received_at AT TIME ZONE 'UTC' AS last_heard_utc,
       CASE WHEN l.received_at IS NOT NULL THEN greatest(0, floor(extract(epoch FROM statement_timestamp() - l.received_at) / 60))::bigint END AS minutes_silent,
       l.position_at AT TIME ZONE 'UTC' AS position_utc, l.latitude, l.longitude, l.speed_kmh, l.heading_deg, l.ignition, l.main_voltage,
       l.odometer_m / 1000 AS odometer_km
  FROM fleet.units u
  LEFT JOIN LATERAL (SELECT n.* FROM fleet.reporting_devices x JOIN fleet.unit_latest n ON n.device_id = x.id
                      WHERE x.unit_id = u.id ORDER BY n.received_at DESC, n.reported_at DESC, n.device_id DESC LIMIT 1) l ON true;

CREATE OR REPLACE VIEW fleet.v_positions AS
SELECT x.unit_id, u.serial, u.vehicle, u.customer, u.office, x.carrier, x.carrier_unit,
       r.reported_at AT TIME ZONE 'UTC' AS reported_utc, r.received_at AT TIME ZONE 'UTC' AS received_utc, r.unit_time IS NOT NULL AS unit_clock_wrong,
       r.latitude, r.longitude, r.speed_kmh, r.heading_deg, r.altitude_m, r.satellites, r.ignition, r.main_voltage, r.odometer_m / 1000 AS odometer_km,
       r.event_code, r.report_id, r.reported_at, r.received_at
  FROM fleet.position_reports r JOIN fleet.reporting_devices x ON x.id = r.device_id LEFT JOIN fleet.units u ON u.id = x.unit_id
 WHERE r.reported_at >= statement_timestamp() - interval '35 days';

CREATE OR REPLACE VIEW fleet.v_daily AS
SELECT x.unit_id, u.serial, u.vehicle, u.customer, u.office, (r.reported_at AT TIME ZONE 'UTC')::date AS day_utc, count(*) AS reports,
       min(r.reported_at) AT TIME ZONE 'UTC' AS first_report_utc, max(r.reported_at) AT TIME ZONE 'UTC' AS last_report_utc,
       round((max(r.odometer_m) - min(r.odometer_m)) / 1000.0, 3) AS driven_km, max(r.speed_kmh) AS top_speed_kmh, count(r.latitude) AS reports_with_position
  FROM fleet.position_reports r JOIN fleet.reporting_devices x ON x.id = r.device_id LEFT JOIN fleet.units u ON u.id = x.unit_id
 WHERE r.reported_at >= statement_timestamp() - interval '35 days'
 GROUP BY x.unit_id, u.serial, u.vehicle, u.customer, u.office, (r.reported_at AT TIME ZONE 'UTC')::date, CASE WHEN x.unit_id IS NULL THEN x.id END;

-- The first report that a unit made after it left the bench; one row for each unit that has been heard since.
CREATE OR REPLACE VIEW fleet.v_first_report AS
SELECT u.id AS unit_id, u.serial, u.provisioned_at AT TIME ZONE 'UTC' AS provisioned_utc, f.reported_at AT TIME ZONE 'UTC' AS first_report_utc,
       f.received_at AT TIME ZONE 'UTC' AS first_heard_utc, f.latitude, f.longitude, f.reported_at, f.received_at
  FROM fleet.units u
  JOIN LATERAL (SELECT r.reported_at, r.received_at, r.latitude, r.longitude FROM fleet.reporting_devices x JOIN fleet.position_reports r ON r.device_id = x.id
                 WHERE x.unit_id = u.id AND r.reported_at >= u.provisioned_at ORDER BY r.reported_at, r.report_id LIMIT 1) f ON true
 WHERE u.provisioned_at BETWEEN '1970-01-01 00:00+00' AND '9999-12-30 00:00+00';

-- How long units of a model usually take from the bench to their first report: nine of ten were heard within so many minutes. Of units proved in the
-- last 60 days, and only where at least five tell it.
CREATE OR REPLACE VIEW fleet.v_first_report_usual AS
SELECT u.model, count(*) AS units,
       ceil(percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM f.received_at - u.provisioned_at)) / 60)::bigint AS usual_minutes
  FROM fleet.units u JOIN fleet.v_first_report f ON f.unit_id = u.id
 WHERE u.model IS NOT NULL AND u.provisioned_at >= statement_timestamp() - interval '60 days'
 GROUP BY u.model HAVING count(*) >= 5;

CREATE OR REPLACE VIEW fleet.v_never_heard AS
SELECT n.unit_id, n.serial, n.model, n.vehicle, n.customer, n.office, n.carrier_state, n.provisioned_utc, n.last_heard_utc AS last_heard_before_utc,
       greatest(0, floor(extract(epoch FROM (statement_timestamp() AT TIME ZONE 'UTC') - n.provisioned_utc) / 3600))::bigint AS hours_since_bench
  FROM fleet.v_fleet_now n
 WHERE n.provisioned_utc IS NOT NULL AND n.bench_state IN ('verified', 'not_verified')
   AND (n.last_report_utc IS NULL OR n.last_report_utc < n.provisioned_utc);

-- The interval set at the bench beside the one seen: the median pause between reports of the last day while the unit moved.
CREATE OR REPLACE VIEW fleet.v_interval_check AS
SELECT u.id AS unit_id, u.serial, u.vehicle, u.office, s.set_s AS moving_interval_set_s, round(g.seen_s)::bigint AS moving_interval_seen_s, g.pauses AS pauses_counted,
       g.seen_s > 1.5 * s.set_s + 5 OR g.seen_s < 0.5 * s.set_s - 5 AS differs
  FROM fleet.units u
  CROSS JOIN LATERAL (SELECT CASE WHEN u.settings->>'report.moving_interval_s' ~ '^[0-9]{1,6}$' THEN (u.settings->>'report.moving_interval_s')::numeric END AS set_s) s
  JOIN LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY p.pause_s) AS seen_s, count(*) AS pauses FROM (
        SELECT extract(epoch FROM r.reported_at - lag(r.reported_at) OVER (PARTITION BY r.device_id ORDER BY r.reported_at, r.report_id)) AS pause_s, r.speed_kmh
          FROM fleet.reporting_devices x JOIN fleet.position_reports r ON r.device_id = x.id
         WHERE x.unit_id = u.id AND r.reported_at >= greatest(statement_timestamp() - interval '1 day', u.provisioned_at)) p
       WHERE p.speed_kmh > 5 AND p.pause_s > 0) g ON g.pauses >= 5
 WHERE s.set_s IS NOT NULL;

CREATE OR REPLACE VIEW fleet.v_collector_age AS
SELECT f.feed, f.carrier, f.begun_at AT TIME ZONE 'UTC' AS last_begun_utc, f.finished_at AT TIME ZONE 'UTC' AS last_finished_utc,
       floor(extract(epoch FROM statement_timestamp() - f.finished_at))::bigint AS seconds_since_run, f.caught_up,
       f.newest_received_at AT TIME ZONE 'UTC' AS newest_report_utc, (SELECT count(*) FROM fleet.feed_gaps g WHERE g.feed = f.feed) AS gaps
  FROM fleet.feeds f WHERE f.window_from IS NULL;

-- Devices whose row in unit_latest is not what the reports say. Always empty; a check, not a report. Of what was on a day that has been dropped nobody
-- can say so.
CREATE OR REPLACE VIEW fleet.v_latest_audit AS
SELECT x.id AS device_id, l.report_id AS kept_report, h.report_id AS newest_report, l.position_report_id AS kept_position, p.report_id AS newest_position
  FROM fleet.reporting_devices x
  LEFT JOIN fleet.unit_latest l ON l.device_id = x.id
  LEFT JOIN LATERAL (SELECT r.reported_at, r.report_id FROM fleet.position_reports r WHERE r.device_id = x.id ORDER BY r.reported_at DESC, r.report_id DESC LIMIT 1) h ON true
  LEFT JOIN LATERAL (SELECT r.reported_at, r.report_id, r.latitude, r.longitude FROM fleet.position_reports r WHERE r.device_id = x.id AND r.latitude IS NOT NULL ORDER BY r.reported_at DESC, r.report_id DESC LIMIT 1) p ON true
 WHERE ((l.reported_at, l.report_id) IS DISTINCT FROM (h.reported_at, h.report_id)
        AND (l.reported_at IS NULL OR to_regclass('fleet.position_reports_' || to_char(l.reported_at AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NOT NULL))
    OR ((l.position_at, l.position_report_id, l.latitude, l.longitude) IS DISTINCT FROM (p.reported_at, p.report_id, p.latitude, p.longitude)
        AND (l.position_at IS NULL OR to_regclass('fleet.position_reports_' || to_char(l.position_at AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NOT NULL));
