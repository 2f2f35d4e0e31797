-- Ids of the listings that match, in the order of p_sort, read along the index that has this order and the filtered columns:
-- for results with many listings. p_made_from and p_name_to end the order early.
create or replace function scan_listings_in_order(
  p_category uuid, p_categories uuid[], p_words tsquery, p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_made_from timestamptz, p_name_to text, p_sort text, p_limit int, p_offset int)
returns uuid[]
language plpgsql stable
-- Planned for the values of each call, also when the table was never analyzed. Without bitmap scans: they have no order, so
-- PostgreSQL would read and sort all listings.
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
  return array(
    select product_id
    from listings
    where listing_matches(listings, p_category, p_categories, p_min_price, p_max_price, p_in_stock)
      and (p_made_from is null or created_at >= p_made_from)
      and (p_name_to is null or name collate "und-x-icu" <= p_name_to)
      and (p_words is null or search @@ p_words)
    -- The same order as in collect_listings: a change here must be made there (test/sql/find-products.test.ts compares them).
    -- For one sort all terms but two are constant.
    order by case p_sort when 'newest' then created_at end desc,
             case p_sort when 'name' then name collate "und-x-icu" end,
             case p_sort when 'price_asc' then price end,
             case p_sort when 'price_desc' then price end desc,
             case when p_sort in ('newest', 'price_desc') then product_id end desc,
             case when p_sort in ('price_asc', 'name') then product_id end
    limit p_limit offset p_offset);
end $$;
