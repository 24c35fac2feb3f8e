-- What a bench calls itself is its own word; the login is the database's. Who holds a unit of a push, and who said last how a push stands.
ALTER TABLE fleet.push_units ADD COLUMN login name;
ALTER TABLE fleet.pushes ADD COLUMN progress_login name;
COMMENT ON COLUMN fleet.push_units.login IS 'Login of the bench that has it in hand, or that last had; NULL where that was before this column';
COMMENT ON COLUMN fleet.pushes.progress_login IS 'Login of the bench that last said how the push stands; NULL as long as that is the one that began it';
