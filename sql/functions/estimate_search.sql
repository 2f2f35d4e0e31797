-- What a search comes to, from a sample of the listings, the same one as long as the table has as many pages. In listings:
-- filtered: that match but for their words; lookup: for the index of words, the rarest of p_words, as many as are worth it;
-- lookup_cost: what that costs, as so many listings read; candidates: that have these, and match but for the rest;
-- the_rest: asks for all words, null if these are all.
-- If more than p_most match, also where in the order of p_sort the first p_reach of them should end: made_from, name_to,
-- price_from or price_to; part: the share of all, from 0 to 1, that is found up to there; part_cost: of an index of the order,
-- up to there; walk_cost: of going along the order, until the p_reach-th. All this goes by where they are: a brand's products
-- may be many and yet, by name, all be at the far end.
create or replace function estimate_search(
  p_category uuid, p_categories uuid[], p_words text[], p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_sort text, p_most int, p_reach int)
returns table (filtered float8, lookup tsquery, lookup_cost float8, candidates float8, the_rest tsquery,
               part float8, part_cost float8, walk_cost float8,
               made_from timestamptz, name_to text, price_from bigint, price_to bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
  all_words constant tsquery := all_beginnings(p_words);
  by_price constant boolean := p_sort in ('price_asc', 'price_desc');
  size constant float8 := greatest(pg_relation_size('listings') / current_setting('block_size')::int, 1);
  a_page constant float8 := coalesce(
    (select reltuples / nullif(relpages, 0) from pg_class where oid = 'listings'::regclass and reltuples > 0), 30);
  -- Pages of the sample, for 3,000 listings or so; and how many pages, and so how many listings, one of them stands for.
  sampled_pages constant float8 := least(greatest(3000 / a_page, 50), size);
  weight constant float8 := size / sampled_pages;
begin
  return query
  with sampled as materialized (
    select ctid, search, search @@ all_words as has_words,
           listing_matches(listings, p_category, p_categories, p_min_price, p_max_price, p_in_stock) as fits,
           -- What the walk along an index of the order comes by.
           listing_matches(listings, p_category, null,
             case when by_price then p_min_price end, case when by_price then p_max_price end, null) as is_passed,
           -- In the order of p_sort; the two others are null.
           case p_sort when 'newest' then created_at end as created_at,
           case p_sort when 'name' then name end as name,
           case p_sort when 'price_asc' then price when 'price_desc' then -price end as price
    from listings tablesample system (100 * sampled_pages / size) repeatable (0)
  ), counted as materialized (
    select greatest(count(*), 1)::float8 as listings, count(*) filter (where s.fits) as filtered,
           count(*) filter (where s.has_words) as worded,
           count(*) filter (where s.fits and s.has_words)::float8 as matching
    from sampled s
  ), words as materialized (
    -- As if half a listing had what none of the sample has.
    select a.word, a.lookup, greatest(
      case when cardinality(p_words) = 1 then c.worded else (select count(*) from sampled s where s.search @@ a.lookup) end,
      0.5) as listings
    from (select word, words_beginning(word) as lookup from unnest(p_words) as word offset 0) as a, counted c
  ), lookups as (
    select string_agg(format('(%s)', w.lookup), ' & ') over rarest as lookup, count(*) over rarest as words,
           -- An entry of an index costs a twentieth of a listing, twice that if it has to be collected with others.
           sum(w.listings * case when w.lookup::text like '%:*' then 2 else 1 end) over rarest / 20 as cost,
           c.listings * exp(sum(ln(w.listings / c.listings)) over rarest) as remaining
    from words w, counted c
    window rarest as (order by w.listings, w.word rows unbounded preceding)
  ), best as (
    select * from lookups l order by l.cost + l.remaining limit 1
  ), found as (
    select s.created_at, s.name, s.price, row_number() over along as nth, lag(s.page) over along is distinct from s.page as turns
    from (select s.*, (s.ctid::text::point)[0] as page from sampled s where s.fits and s.has_words offset 0) as s, counted c
    -- The n matches of a sample stand for n * weight, give or take sqrt(n) * weight.
    where weight * (c.matching - 3 * sqrt(c.matching)) > p_most
    window along as (order by s.created_at desc, s.name, s.price)
  ), passed as materialized (
    select f.*, count(*) filter (where f.turns) over (order by f.nth rows unbounded preceding) as pages from found f
  ), last as (
    select p.*
    from passed p, counted c
    -- The n-th of them is n * weight deep, give or take as much: beyond p_reach in all but one of some hundred samples. Those of
    -- a page may be next to each other in the order too, as the newest are: so the same must be true of pages; of those that
    -- were sampled, so many have a match if they are spread by chance.
    where weight * (p.nth - 2.5 * sqrt(p.nth)) >= p_reach
      and weight * (p.pages - 2.5 * sqrt(p.pages)) * c.matching >= p_reach * sampled_pages * (1 - exp(-c.matching / sampled_pages))
    order by p.nth
    limit 1
  ), passing as (
    select p.nth, count(*) as listings
    from passed p join sampled s on s.is_passed and (s.created_at >= p.created_at or s.name <= p.name or s.price <= p.price)
    where p.nth in (1, (select l.nth from last l))
    group by p.nth
  )
  select weight * c.filtered, best.lookup::tsquery, weight * best.cost, weight * best.remaining * c.filtered / c.listings,
         case when best.words < cardinality(p_words) then all_words end,
         last.nth / c.matching, weight * (select max(p.listings) from passing p) / 20,
         (select greatest(weight * min(p.listings), max(p.listings) * p_reach / last.nth) from passing p),
         last.created_at, last.name,
         case p_sort when 'price_desc' then -last.price end, case p_sort when 'price_asc' then last.price end
  from counted c cross join best left join last on true;
end $$;
