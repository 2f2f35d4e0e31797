-- Whether a listing passes these filters. A filter that is null does not filter. p_category is one category, p_categories are
-- several. PostgreSQL puts the body into the query that calls it, and drops the conditions on null before it plans.
create or replace function listing_matches(
  listing listings, p_category uuid, p_categories uuid[], p_min_price bigint, p_max_price bigint, p_in_stock boolean)
returns boolean
language sql stable
as $$
  select (p_category is null or listing.category_id = p_category)
    and (p_categories is null or listing.category_id = any (p_categories))
    and (p_min_price is null or listing.price >= p_min_price)
    and (p_max_price is null or listing.price <= p_max_price)
    and (p_in_stock is null or listing.in_stock = p_in_stock)
$$;
