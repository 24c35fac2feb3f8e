-- Pushes that several benches work on together: what each is about, how it stands, and how far each of its units has come.
-- Numbers of changes come from the push's own row, which every writer locks first, so they become visible in order and without a sequence.
CREATE TABLE fleet.pushes (
  push_id uuid PRIMARY KEY,
  device_id uuid NOT NULL,
  actor text CONSTRAINT pushes_actor_check CHECK (length(actor) <= 400),
  login name NOT NULL DEFAULT session_user,
  about jsonb NOT NULL CONSTRAINT pushes_about_check CHECK (jsonb_typeof(about) = 'object'),
  progress jsonb NOT NULL CONSTRAINT pushes_progress_check CHECK (jsonb_typeof(progress) = 'object'),
  state text NOT NULL CONSTRAINT pushes_state_check CHECK (state IN ('running', 'paused', 'stopped', 'cancelled', 'ended')),
  pilot int NOT NULL DEFAULT 0 CONSTRAINT pushes_pilot_check CHECK (pilot >= 0),
  changed bigint NOT NULL DEFAULT 0,
  progress_changed bigint NOT NULL DEFAULT 0,
  progress_device uuid,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX pushes_open ON fleet.pushes (begun_at) WHERE state NOT IN ('cancelled', 'ended');
COMMENT ON TABLE fleet.pushes IS 'One change over many units, shared by benches. No secret stands here: a template''s secrets are each bench''s own';

CREATE TABLE fleet.push_units (
  push_id uuid NOT NULL REFERENCES fleet.pushes,
  turn int NOT NULL,
  standing text NOT NULL CONSTRAINT push_units_standing_check
    CHECK (standing IN ('waiting', 'sent', 'taken', 'verified', 'failed', 'already_right', 'cannot', 'left_out')),
  way text NOT NULL CONSTRAINT push_units_way_check CHECK (way IN ('cable', 'sms')),
  pilot boolean NOT NULL DEFAULT false,
  body jsonb NOT NULL CONSTRAINT push_units_body_check CHECK (jsonb_typeof(body) = 'object'),
  device_id uuid,
  actor text CONSTRAINT push_units_actor_check CHECK (length(actor) <= 400),
  held_until timestamptz,
  changed bigint NOT NULL,
  PRIMARY KEY (push_id, turn)
);
CREATE INDEX push_units_changed ON fleet.push_units (push_id, changed);
COMMENT ON COLUMN fleet.pushes.progress_device IS 'Bench that last said how the push stands; it may say so again without hearing itself first';
COMMENT ON COLUMN fleet.push_units.device_id IS 'Bench that has it in hand, or that last had';
COMMENT ON COLUMN fleet.push_units.held_until IS 'Until then it is in that bench''s hands; NULL when it is in nobody''s. A bench that works says so again and again';
