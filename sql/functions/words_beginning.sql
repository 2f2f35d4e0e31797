-- What to ask the index of words for, to find the listings with a word that begins with p_beginning: the words themselves when
-- they are 32 or fewer ('mug' | 'mugs'), which the index finds about twice as fast, else the beginning ('m':*).
create or replace function words_beginning(p_beginning text) returns tsquery
language sql stable
as $$
  select case when count(*) <= 32
    then coalesce(string_agg(format('%L', word), ' | '), format('%L', p_beginning))
    else format('%L:*', p_beginning)
  end::tsquery
  from (
    select word from listing_words
    where word >= p_beginning and word < p_beginning || chr(1114111) -- the last character of Unicode
    limit 33 -- one more than 32 says that there are more
  ) as words
$$;
