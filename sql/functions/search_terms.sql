-- The terms of a search, in their order: words, each of which is found whole or as a beginning. A term with hyphens (t-shirt,
-- l-eau) is also found written as one word. A run of a script without blanks becomes the words that such a run is found by
-- (words_in). Without a term that begins another one, which finds no more products; 16 terms at most, the first ones.
create or replace function search_terms(p_text text) returns text[]
language plpgsql immutable strict
as $$
begin
  return (
    with chains as (
      select at, chain, gram_size(chain) as size, array_remove(string_to_array(chain, '-'), '') as parts
      from unnest(string_to_array(folded(p_text), ' ')) with ordinality as t (chain, at)
    ), terms as (
      select left(term, 64) as term, min(array[at, nth]) as place
      from chains, unnest(case
        when size >= char_length(chain) then array[chain]
        when size is not null then
          array(select substr(chain, begins, size) from generate_series(1, char_length(chain) - size + 1) as begins)
        -- Longer chains are no words that people also write as one.
        when cardinality(parts) > 4 then parts
        else array[array_to_string(parts, '-')]
      end) with ordinality as t (term, nth)
      where term <> ''
      group by 1
    )
    select array(
      select term from terms t
      where not exists (select from terms other where other.term <> t.term and starts_with(other.term, t.term))
      order by place
      limit 16));
end $$;
