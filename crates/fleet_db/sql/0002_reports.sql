-- Reports of units in service: what the carrier's feed brought, the newest of each device, and where the reading of the feed stands.
-- A report belongs to a reporting device, which is one number at one carrier; which unit that is may be learned later.
CREATE INDEX units_carrier_id ON fleet.units (carrier_id);

CREATE TABLE fleet.reporting_devices (
  id bigint PRIMARY KEY,
  carrier text NOT NULL CONSTRAINT reporting_devices_carrier_check CHECK (length(carrier) BETWEEN 1 AND 100),
  carrier_unit text NOT NULL CONSTRAINT reporting_devices_carrier_unit_check CHECK (length(carrier_unit) BETWEEN 1 AND 200),
  mdn text, imei text, meid text,
  unit_id uuid,
  first_seen_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
  asked_at timestamptz,
  CONSTRAINT reporting_devices_carrier_unit_key UNIQUE (carrier, carrier_unit)
);
CREATE INDEX reporting_devices_unit ON fleet.reporting_devices (unit_id);
COMMENT ON TABLE fleet.reporting_devices IS 'Who reports: one number at one carrier, and the unit behind it once that is known';
COMMENT ON COLUMN fleet.reporting_devices.carrier_unit IS 'The carrier''s number for the unit';
COMMENT ON COLUMN fleet.reporting_devices.unit_id IS 'Row of fleet.units; NULL until the fleet table knows this unit';
COMMENT ON COLUMN fleet.reporting_devices.asked_at IS 'When the carrier was last asked which IMEI or MEID this is';
-- Numbers come from a row and not from a sequence, so that a copy of the rows is complete.
CREATE TABLE fleet.report_rules (one boolean PRIMARY KEY DEFAULT true CHECK (one), next_device bigint NOT NULL DEFAULT 1, min_collector int NOT NULL DEFAULT 1);
INSERT INTO fleet.report_rules DEFAULT VALUES;
COMMENT ON COLUMN fleet.report_rules.min_collector IS 'Collectors older than this may not write';

CREATE TABLE fleet.position_reports (
  device_id bigint NOT NULL,
  reported_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  unit_time timestamptz,
  latitude double precision, longitude double precision,
  odometer_m bigint, sequence bigint, event_code bigint,
  speed_kmh real, altitude_m real, accuracy_m real, hdop real, main_voltage real,
  heading_deg smallint, satellites smallint, ignition boolean,
  report_id text COLLATE "C" NOT NULL,
  payload_base64 text,
  PRIMARY KEY (device_id, reported_at, report_id),
  CONSTRAINT position_reports_place_check CHECK ((latitude IS NULL) = (longitude IS NULL)
    AND (latitude IS NULL OR (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)))
) PARTITION BY RANGE (reported_at);
CREATE INDEX position_reports_time ON fleet.position_reports USING brin (reported_at) WITH (pages_per_range = 32);
CREATE TABLE fleet.position_reports_other PARTITION OF fleet.position_reports DEFAULT;
COMMENT ON TABLE fleet.position_reports IS 'Every report once. One partition for each day in UTC';
COMMENT ON COLUMN fleet.position_reports.reported_at IS 'When the unit made it; when its clock cannot be believed, when the carrier got it';
COMMENT ON COLUMN fleet.position_reports.unit_time IS 'What the unit''s clock said, where it was not believed';
COMMENT ON COLUMN fleet.position_reports.latitude IS 'Degrees north; NULL when the unit had no valid position';
COMMENT ON COLUMN fleet.position_reports.report_id IS 'The carrier''s number of the report, unique and never reused';
COMMENT ON TABLE fleet.position_reports_other IS 'Reports whose day has no partition of its own yet; the next run moves them';

CREATE TABLE fleet.unit_latest (
  device_id bigint PRIMARY KEY,
  reported_at timestamptz NOT NULL, report_id text COLLATE "C" NOT NULL, received_at timestamptz NOT NULL,
  odometer_m bigint, event_code bigint, main_voltage real, ignition boolean,
  position_at timestamptz, position_report_id text COLLATE "C",
  latitude double precision, longitude double precision, speed_kmh real, heading_deg smallint
) WITH (fillfactor = 50);
COMMENT ON TABLE fleet.unit_latest IS 'The newest report of each device, and its newest one with a valid position';

CREATE TABLE fleet.rejected_reports (
  carrier text NOT NULL, report_id text COLLATE "C" NOT NULL, reason text NOT NULL,
  received_at timestamptz, body jsonb, noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (carrier, report_id, reason)
);
CREATE INDEX rejected_reports_noted ON fleet.rejected_reports (noted_at);
COMMENT ON TABLE fleet.rejected_reports IS 'What could not be believed in a report. The believable rest of it stands in position_reports';

CREATE TABLE fleet.feeds (
  feed text PRIMARY KEY, carrier text NOT NULL,
  cursor text, tail_cursor text, newest_received_at timestamptz, window_from timestamptz, window_to timestamptz, done boolean NOT NULL DEFAULT false,
  lease_owner uuid, lease_until timestamptz, begun_at timestamptz, finished_at timestamptz, caught_up boolean
);
COMMENT ON TABLE fleet.feeds IS 'Where the reading of each feed stands, and who reads it now';
COMMENT ON COLUMN fleet.feeds.cursor IS 'Opaque: the carrier''s word for the last page that is stored. It moves in the transaction of that page';
COMMENT ON COLUMN fleet.feeds.window_from IS 'A second reading of past days: reports received in [window_from, window_to)';
COMMENT ON COLUMN fleet.feeds.tail_cursor IS 'Where the last page began: the next run reads it once more, for reports that the carrier showed late';
CREATE TABLE fleet.feed_gaps (
  feed text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), lost_from text, continued_from text, PRIMARY KEY (feed, at)
);
COMMENT ON TABLE fleet.feed_gaps IS 'The carrier threw reports away before they were fetched';
