-- What finds, in the index of words, the listings with a word that begins so: the few words that do ('mug' | 'mugs'), or if
-- those are many, whatever does ('m':*).
create or replace function words_beginning(p_beginning text) returns tsquery
language sql stable
as $$
  select case when count(*) <= 32
    then coalesce(string_agg(format('%L', word), ' | '), format('%L', p_beginning))
    else format('%L:*', p_beginning)
  end::tsquery
  from (
    select word from listing_words
    where word >= p_beginning and word < p_beginning || chr(1114111)
    limit 33
  ) as words
$$;
