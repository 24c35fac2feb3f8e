-- The seventh schema: drafts of templates, who made and released what, and which units have a template.
-- A template of the first schema came in from a file, released, at 'created_ms'.

ALTER TABLE template ADD COLUMN based_on INTEGER;
ALTER TABLE template ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE template ADD COLUMN changed_ms INTEGER;
ALTER TABLE template ADD COLUMN changed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE template ADD COLUMN released_ms INTEGER;
ALTER TABLE template ADD COLUMN released_by TEXT NOT NULL DEFAULT '';
UPDATE template SET changed_ms = created_ms WHERE released = 0;

CREATE UNIQUE INDEX template_has_one_draft ON template (name) WHERE released = 0;
CREATE INDEX unit_by_template ON unit (template, template_version, profile) WHERE template IS NOT NULL AND gone = 0;
