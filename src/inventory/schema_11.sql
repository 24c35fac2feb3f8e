-- After a restore of the fleet database: answers that no finished pull holds yet are asked for before anything else, at each round.
CREATE INDEX op_answered ON op (acked_pull) WHERE outcome IS NOT NULL;
