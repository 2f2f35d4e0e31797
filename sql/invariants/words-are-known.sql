-- Every word that a listing has is among the known words, but for the marked ones (^ and =), which repeat words or are found whole.
-- When it fires: a search for the word, or for its beginning, misses products. Run sql/migrations/0025_folded_words.rows.sql
-- on the primary, and find out what writes without the triggers.
select l.product_id, has.word
from listings l, unnest(tsvector_to_array(l.search)) as has (word)
where has.word !~ '^[=^]' and not exists (select from listing_words known where known.word = has.word)
