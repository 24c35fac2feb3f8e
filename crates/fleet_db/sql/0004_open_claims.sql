-- Claims that nobody has ended yet are few among those that were ever made: who asks for them must not read them all.
CREATE INDEX claims_open ON fleet.claims (at) WHERE done_at IS NULL;
