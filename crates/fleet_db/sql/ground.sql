-- The ground: roles and the schema. Needs a login that may create roles and may create schemas in this database.
-- fleet_owner owns everything and nobody logs in with it. People and benches get logins of their own, members of one of the others.
SELECT pg_catalog.pg_advisory_xact_lock(7310579612374);
DO $ground$
DECLARE
  role_name text;
  said text;
  needed text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF current_setting('server_version_num')::int < 130000 THEN
    RAISE EXCEPTION 'PostgreSQL 13 or newer is needed, this is %', current_setting('server_version') USING ERRCODE = 'feature_not_supported';
  END IF;
  FOREACH role_name IN ARRAY ARRAY['fleet_owner', 'fleet_app', 'fleet_editor', 'fleet_reader', 'fleet_collector'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- made just now for another database of this server
      END;
    END IF;
  END LOOP;
  IF NOT pg_catalog.pg_has_role(current_user, 'fleet_owner', needed) THEN
    EXECUTE format('GRANT fleet_owner TO %I', current_user);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = 'fleet') THEN
    CREATE SCHEMA fleet AUTHORIZATION fleet_owner;
  END IF;
  SELECT pg_catalog.pg_get_userbyid(n.nspowner) INTO role_name FROM pg_catalog.pg_namespace n WHERE n.nspname = 'fleet';
  IF role_name <> 'fleet_owner' THEN
    RAISE EXCEPTION 'a schema named fleet is here already and belongs to %: take another database, or rename that schema', role_name
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- Lets fleet.row_holder tell who has a row in an open transaction. Without it that is not told; all else works.
  BEGIN
    GRANT pg_read_all_stats TO fleet_owner;
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'pg_read_all_stats cannot be granted: benches will not see who holds a row';
  END;
  -- Nobody who merely logs in may make objects here, not even temporary ones. Who is admitted to a group gets in also where an administrator took
  -- CONNECT from PUBLIC. In what is another role's the server does none of this and hardly says so: what counts is how it stands afterwards.
  said := current_setting('client_min_messages');
  PERFORM set_config('client_min_messages', 'error', true);
  BEGIN
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;
  BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO fleet_app, fleet_editor, fleet_reader, fleet_collector', current_database());
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;
  BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public') THEN
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;
  PERFORM set_config('client_min_messages', said, true);
  IF EXISTS (SELECT 1 FROM pg_catalog.pg_database d, pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
              WHERE d.datname = current_database() AND a.grantee = 0 AND a.privilege_type IN ('CREATE', 'TEMPORARY')) THEN
    RAISE WARNING 'the database is another role''s: PUBLIC keeps its right to temporary tables';
  END IF;
  IF EXISTS (SELECT 1 FROM unnest(ARRAY['fleet_app', 'fleet_editor', 'fleet_reader', 'fleet_collector']) AS g(name)
              WHERE NOT pg_catalog.has_database_privilege(g.name, current_database(), 'CONNECT')) THEN
    RAISE WARNING 'the groups cannot get in: its owner must GRANT CONNECT ON DATABASE % TO fleet_app, fleet_editor, fleet_reader, fleet_collector',
      quote_ident(current_database());
  END IF;
  IF EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
              WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE') THEN
    RAISE WARNING 'the schema public is another role''s: its owner must take the right to create in it from PUBLIC';
  END IF;
END $ground$;

SET LOCAL ROLE fleet_owner;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE TABLE IF NOT EXISTS fleet.migrations (
  version int PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
  applied_by name NOT NULL DEFAULT session_user
);
