-- As search_listings, in the order of relevance: first the listings that have all terms in their name and SKU, then the others,
-- the newest first in each part. The parts are searched one after the other.
create or replace function search_by_relevance(
  p_category uuid, p_categories uuid[], p_terms text[], p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_ids uuid[], p_first int, p_most int, p_reach int)
returns table (total int, ids uuid[])
language plpgsql stable
as $$
declare
  rest record;
begin
  select s.total, s.ids into total, ids
  from search_listings(p_category, p_categories, p_terms, 'title', p_min_price, p_max_price, p_in_stock, p_ids, 'newest',
                       p_first, p_most, p_reach) as s;
  if total <= p_most then
    select s.total, s.ids into rest
    from search_listings(p_category, p_categories, p_terms, 'text', p_min_price, p_max_price, p_in_stock, p_ids, 'newest',
                         p_first, p_most, p_reach) as s;
    -- search_listings returns the first p_first listings at least, so ids has either enough of them or all.
    ids := ids || rest.ids;
    total := least(total + rest.total, p_most + 1);
    if total > p_most then
      ids := ids[:p_reach];
    end if;
  end if;
  return next;
end $$;
