-- Who may do what. The app writes through functions only; nobody but fleet_owner touches the tables behind them.
REVOKE ALL ON SCHEMA fleet FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA fleet FROM PUBLIC, fleet_app, fleet_editor, fleet_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA fleet FROM PUBLIC, fleet_app, fleet_editor, fleet_reader;
GRANT USAGE ON SCHEMA fleet TO fleet_app, fleet_editor, fleet_reader;
GRANT SELECT ON fleet.units, fleet.sync_head, fleet.sync_commits, fleet.unit_revs, fleet.unit_history, fleet.purges, fleet.pushes, fleet.push_units TO fleet_app;
GRANT EXECUTE ON FUNCTION fleet.sync_push(uuid, jsonb), fleet.known_ops(uuid[]), fleet.claim(text, text, uuid, uuid, text), fleet.open_claims(), fleet.end_claims(uuid[]), fleet.row_holder(uuid) TO fleet_app;
GRANT EXECUTE ON FUNCTION fleet.share_push(uuid, uuid, text, jsonb, jsonb, int, jsonb), fleet.claim_push_unit(uuid, int, uuid, text, text, int), fleet.tell_push(uuid, uuid, text, bigint, jsonb, jsonb, int), fleet.hold_push_units(uuid, uuid, int[], int) TO fleet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON fleet.units TO fleet_editor;
GRANT SELECT ON fleet.unit_history TO fleet_editor;
GRANT SELECT ON fleet.units TO fleet_reader;
