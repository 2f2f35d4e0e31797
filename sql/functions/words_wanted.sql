-- What a listing must have to be found by these terms. p_place: null (in any of its words); title (in those of its name and
-- SKU); text (not in the title). null when there are no terms.
create or replace function words_wanted(p_terms text[], p_place text) returns tsquery
language sql immutable
as $$
  select case p_place
    when 'title' then all_beginnings(p_terms, '^')
    when 'text' then all_beginnings(p_terms, '') && !! all_beginnings(p_terms, '^')
    else all_beginnings(p_terms, '')
  end
$$;
