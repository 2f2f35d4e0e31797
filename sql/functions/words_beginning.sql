-- What to ask the index of words for, to find the listings with a term of all_beginnings: for a word the words that begin with
-- it when they are 32 or fewer ('mug' | 'mugs'), which the index finds about twice as fast, else the beginning ('m':*). p_mark
-- stands before each word.
drop function if exists words_beginning(text);

create or replace function words_beginning(p_term text, p_mark text) returns tsquery
language plpgsql stable
as $$
declare
  parts constant text[] := string_to_array(p_term, '-');
  whole constant text[] := parts[:cardinality(parts) - 1];
begin
  if starts_with(p_term, '=') then
    return all_beginnings(array[p_term], '');
  end if;
  if cardinality(parts) > 1 then
    return (select string_agg(format('%L', p_mark || part), ' & ')::tsquery from unnest(whole) as part)
      && words_beginning(parts[cardinality(parts)], p_mark)
      || words_beginning(left(replace(p_term, '-', ''), 64), p_mark);
  end if;
  return (
    select case when count(*) <= 32
      then coalesce(string_agg(format('%L', p_mark || word), ' | '), format('%L', p_mark || p_term))
      else format('%L:*', p_mark || p_term)
    end::tsquery
    from (
      select word from listing_words
      where word >= p_term and word < p_term || chr(1114111) -- the last character of Unicode
      limit 33 -- one more than 32 says that there are more
    ) as words);
end $$;
