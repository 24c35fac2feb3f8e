-- Which reports the last pages of a feed told, and with which time. A report's number is unique and never reused, but the key of position_reports has to
-- hold the day it is kept under: a report that is told once more with another time would stand there twice. Lost with a crash of the server, which
-- costs no more than that.
CREATE UNLOGGED TABLE fleet.told_reports (
  feed text NOT NULL, page int NOT NULL, told bigint[] NOT NULL, PRIMARY KEY (feed, page)
);
-- Digests do not grow smaller by packing.
ALTER TABLE fleet.told_reports ALTER COLUMN told SET STORAGE EXTERNAL;
COMMENT ON TABLE fleet.told_reports IS 'Reports of the last twenty pages of each feed: a digest of device and number, then the time in microseconds, by turns';
