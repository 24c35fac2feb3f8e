-- Who may do what with reports: the collector calls its functions, everybody else reads the views.
REVOKE ALL ON ALL TABLES IN SCHEMA fleet FROM fleet_collector;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA fleet FROM fleet_collector;
GRANT USAGE ON SCHEMA fleet TO fleet_collector;
DO $rights$ DECLARE f text; BEGIN
  FOR f IN SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'fleet'
      AND p.proname IN ('report_ready', 'report_begin', 'report_page', 'report_told', 'report_memory', 'report_gap', 'report_end', 'unnamed_devices', 'devices_told', 'devices_to_name', 'name_devices', 'report_window') LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO fleet_collector', f);
  END LOOP;
END $rights$;
GRANT SELECT ON fleet.v_fleet_now, fleet.v_positions, fleet.v_first_report, fleet.v_first_report_usual, fleet.v_never_heard, fleet.v_interval_check, fleet.v_collector_age
  TO fleet_reader, fleet_editor, fleet_app;
GRANT SELECT ON fleet.v_daily TO fleet_reader, fleet_editor;
