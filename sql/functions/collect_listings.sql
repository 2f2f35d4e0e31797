-- How many listings match, and the first p_first of them in the order of p_sort. Reads all listings that match, or p_read of
-- them at most (null: all), by the indexes with the fewest rows, and sorts them.
-- p_lookup is looked up in the index of words; p_words is compared with each listing that is read. p_made_from and p_name_to
-- end the order early. p_ids: these listings only.
drop function if exists collect_listings(
  uuid, uuid[], tsquery, tsquery, bigint, bigint, boolean, timestamptz, text, text, int, int);

create or replace function collect_listings(
  p_category uuid, p_categories uuid[], p_words tsquery, p_lookup tsquery, p_min_price bigint, p_max_price bigint,
  p_in_stock boolean, p_ids uuid[], p_made_from timestamptz, p_name_to text, p_sort text, p_first int, p_read int)
returns table (total int, ids uuid[])
language plpgsql stable
-- Planned for the values of each call, also when the table was never analyzed.
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set jit = off
-- When a bitmap does not fit into work_mem, PostgreSQL compares every row of its pages.
set work_mem = '32MB'
as $$
begin
  return query
  with found as materialized (
    select product_id,
           case p_sort when 'newest' then created_at end as made_at,
           case p_sort when 'name' then name collate "und-x-icu" end as name,
           case when p_sort in ('price_asc', 'price_desc') then price end as price
    from listings
    where listing_matches(listings, p_category, p_categories, p_min_price, p_max_price, p_in_stock)
      and (p_made_from is null or created_at >= p_made_from)
      and (p_ids is null or product_id = any (p_ids))
      and (p_name_to is null or name collate "und-x-icu" <= p_name_to)
      and (p_lookup is null or search @@ p_lookup)
      -- "is true" keeps this condition away from the index of words.
      and (p_words is null or (search @@ p_words) is true)
    limit p_read
  ), counted as materialized (
    select count(*)::int as total from found
  )
  select counted.total, array(
    select product_id
    from found
    -- The same order as in scan_listings_in_order: a change here must be made there (test/sql/find-products.test.ts compares
    -- them). One ordered function for both was slower: 69 instead of 42 ms for 35,000 listings.
    -- For one sort all terms but two are constant.
    order by case p_sort when 'newest' then made_at end desc,
             case p_sort when 'name' then name end,
             case p_sort when 'price_asc' then price end,
             case p_sort when 'price_desc' then price end desc,
             case when p_sort in ('newest', 'price_desc') then product_id end desc,
             case when p_sort in ('price_asc', 'name') then product_id end
    limit p_first)
  from counted;
end $$;
