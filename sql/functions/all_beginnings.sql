-- Asks for listings with all of these words, each a whole word or the beginning of one: {ceram,mug} becomes 'ceram':* & 'mug':*.
create or replace function all_beginnings(p_words text[]) returns tsquery
language sql immutable
as $$
  select string_agg(format('%L:*', word), ' & ')::tsquery from unnest(p_words) as word
$$;
