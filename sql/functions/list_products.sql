-- The listings that match; what is null does not filter. p_category is one category, p_categories are several.
-- Its conditions become those of the query that asks it, and those on null vanish before it is planned.
create or replace function matching_listings(
  p_category uuid, p_categories uuid[], p_words tsquery, p_min_price bigint, p_max_price bigint, p_in_stock boolean)
returns setof listings
language sql stable
as $$
  select *
  from listings
  where (p_category is null or category_id = p_category)
    and (p_categories is null or category_id = any (p_categories))
    and (p_words is null or search @@ p_words)
    and (p_min_price is null or price >= p_min_price)
    and (p_max_price is null or price <= p_max_price)
    and (p_in_stock is null or in_stock = p_in_stock)
$$;

-- A page of the catalog: the ids in their order, and how many products match in all; of more than p_most, p_most + 1.
-- p_category is a slug and means its descendants too; what is null does not filter. p_sort: newest, price_asc, price_desc,
-- name.
--
-- Two plans, since none is good for both. Few matches (p_most at most): all of them, by whichever index has the fewest rows,
-- then sorted. Many: along the index of the sort, since then the page is not far. Were it asked for the page at once,
-- PostgreSQL would take its estimate for the truth, and walk a whole index for a word that is nowhere.
create or replace function list_products(
  p_category text, p_words tsquery, p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_sort text, p_limit int, p_offset int, p_most int)
returns table (total int, ids uuid[])
language plpgsql stable
-- Planned for these very values each time, also where nothing was analyzed yet.
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set jit = off
as $$
declare
  category uuid;
  categories uuid[];
begin
  if p_category is not null then
    categories := array(select category_descendants(p_category));
    if cardinality(categories) = 0 then
      return query select 0, '{}'::uuid[];
      return;
    end if;
    if cardinality(categories) = 1 then
      category := categories[1];
      categories := null;
    end if;
  end if;

  with found as materialized (
    select product_id,
           case p_sort when 'newest' then created_at end as made_at,
           case p_sort when 'name' then name end as name,
           case when p_sort in ('price_asc', 'price_desc') then price end as price
    from matching_listings(category, categories, p_words, p_min_price, p_max_price, p_in_stock)
    -- Always so. It offers the index of this column for words so common that p_most of them are soon found along it.
    where p_words is null or created_at > '-infinity'
    limit p_most + 1
  ), counted as materialized (
    select count(*)::int as total from found
  )
  select counted.total, case when counted.total <= p_most then array(
    select product_id
    from found
    order by made_at desc,
             name,
             case p_sort when 'price_asc' then price end,
             case p_sort when 'price_desc' then price end desc,
             case when p_sort in ('newest', 'price_desc') then product_id end desc,
             product_id
    limit p_limit offset p_offset) end
  into list_products.total, list_products.ids
  from counted;

  if ids is null then
    -- For one sort all terms but two are constant, and an index has that order.
    ids := array(
      select product_id
      from matching_listings(category, categories, p_words, p_min_price, p_max_price, p_in_stock)
      order by case p_sort when 'newest' then created_at end desc,
               case p_sort when 'name' then name end,
               case p_sort when 'price_asc' then price end,
               case p_sort when 'price_desc' then price end desc,
               case when p_sort in ('newest', 'price_desc') then product_id end desc,
               case when p_sort in ('price_asc', 'name') then product_id end
      limit p_limit offset p_offset);
  end if;
  return next;
end $$;
