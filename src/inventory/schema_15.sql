-- Where a number of four digits and more stands: pieces of three and of five characters of each number, without places. A longer
-- fragment is a few rare pieces, where the places of its trigrams took tens of milliseconds in a million units. The index of fragments
-- keeps the texts, and of the numbers those with words in them; searches fill both anew.
CREATE VIRTUAL TABLE unit_piece USING fts5 (pieces, tokenize = 'ascii', detail = none, content = '', contentless_delete = 1);
DROP TABLE unit_fragment;
CREATE VIRTUAL TABLE unit_fragment USING fts5 (tails, texts, tokenize = 'trigram remove_diacritics 1', content = '', contentless_delete = 1);
