-- Asks for listings with all of these terms, each a whole word or the beginning of one: {ceram,mug} becomes
-- 'ceram':* & 'mug':*, {t-shirt} becomes 't' & 'shirt':* | 'tshirt':*. A term that begins with = is the word of an attribute and
-- is found whole. p_mark stands before each word: ^ asks for words of names and SKUs.
drop function if exists all_beginnings(text[]);

create or replace function all_beginnings(p_terms text[], p_mark text) returns tsquery
language plpgsql immutable
as $$
begin
  return (
    select ('(' || string_agg(
      case
        when starts_with(term, '=') then format('%L', term)
        when position('-' in term) > 0 then format('(%s & %L:*) | %L:*', whole.words, p_mark || parts[cardinality(parts)],
          p_mark || left(replace(term, '-', ''), 64))
        else format('%L:*', p_mark || term)
      end, ') & (') || ')')::tsquery
    from unnest(p_terms) as term,
         string_to_array(term, '-') as parts,
         lateral (select string_agg(format('%L', p_mark || part), ' & ') from unnest(parts[:cardinality(parts) - 1]) as part)
           as whole (words));
end $$;
