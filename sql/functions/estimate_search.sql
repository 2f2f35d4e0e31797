-- What a search will cost, estimated from a sample of the listings. The sample is the same as long as the table has as many
-- pages. The constants are named below; docs/decisions/0009 derives each of them.
--
-- Costs and counts are in listings (1 = one row of the table read and compared):
--   filtered      listings that match all filters but the words
--   lookup        what to ask the index of words for: the rarest of p_terms, as many of them as pay off
--   lookup_cost   what that lookup costs
--   candidates    listings that the lookup finds and that match all filters; the remaining words are compared at each of them
--   the_rest      asks for all words, in p_place (words_wanted); null when `lookup` says as much
-- Only when more than p_most listings match, else null:
--   made_from, name_to, price_from or price_to
--                 where the first p_reach of them end in the order of p_sort
--   part          the share of all matches that lies before that end, 0 to 1
--   part_cost     what it costs to read an index of the order up to that end
--   walk_cost     what it costs to read the listings along the order until p_reach of them match
-- These depend on where the matches lie: a brand may have many products, all of them at the end of the order by name.
drop function if exists estimate_search(uuid, uuid[], text[], bigint, bigint, boolean, text, int, int);

create or replace function estimate_search(
  p_category uuid, p_categories uuid[], p_terms text[], p_place text, p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_sort text, p_most int, p_reach int)
returns table (filtered float8, lookup tsquery, lookup_cost float8, candidates float8, the_rest tsquery,
               part float8, part_cost float8, walk_cost float8,
               made_from timestamptz, name_to text, price_from bigint, price_to bigint)
language plpgsql stable
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
  -- Listings in the sample, about, and pages at least. At 1,000,000 listings each listing of the sample stands for 333.
  sample_size constant float8 := 3000;
  least_pages constant float8 := 50;
  -- Listings on a page, when the table was never analyzed.
  usual_page constant float8 := 30;
  -- Cost of an entry of an index, in listings.
  entry_cost constant float8 := 1 / 20.0;
  -- An entry costs this many times as much when the index collects the entries of several words.
  collecting constant float8 := 2;
  -- How many listings of the sample a word is counted for when none has it.
  unseen constant float8 := 0.5;
  -- Standard deviations between what the sample shows and what is relied on: that more than p_most match; that the part holds
  -- p_reach of them.
  sure_many constant float8 := 3;
  sure_part constant float8 := 2.5;

  all_words constant tsquery := words_wanted(p_terms, p_place);
  mark constant text := case when p_place = 'title' then '^' else '' end;
  by_price constant boolean := p_sort in ('price_asc', 'price_desc');
  -- Pages of the table, and listings on each.
  size constant float8 := greatest(pg_relation_size('listings') / current_setting('block_size')::int, 1);
  a_page constant float8 := coalesce(
    (select reltuples / nullif(relpages, 0) from pg_class where oid = 'listings'::regclass and reltuples > 0), usual_page);
  sampled_pages constant float8 := least(greatest(sample_size / a_page, least_pages), size);
  -- How many pages one page of the sample stands for, and so how many listings one listing stands for.
  weight constant float8 := size / sampled_pages;
begin
  return query
  with sampled as materialized (
    select ctid, search, search @@ all_words as has_words,
           listing_matches(listings, p_category, p_categories, p_min_price, p_max_price, p_in_stock) as fits,
           -- Whether a scan along an index of the order passes this listing.
           listing_matches(listings, p_category, null,
             case when by_price then p_min_price end, case when by_price then p_max_price end, null) as is_passed,
           -- The column of p_sort. The two others are null.
           case p_sort when 'newest' then created_at end as created_at,
           case p_sort when 'name' then name collate "und-x-icu" end as name,
           case p_sort when 'price_asc' then price when 'price_desc' then -price end as price
    from listings tablesample system (100 * sampled_pages / size) repeatable (0)
  ), counted as materialized (
    select greatest(count(*), 1)::float8 as listings, count(*) filter (where s.fits) as filtered,
           count(*) filter (where s.has_words) as worded,
           count(*) filter (where s.fits and s.has_words)::float8 as matching
    from sampled s
  ), words as materialized (
    select a.word, a.lookup, greatest(
      case when cardinality(p_terms) = 1 and p_place is distinct from 'text' then c.worded else (select count(*) from sampled s where s.search @@ a.lookup) end,
      unseen) as listings
    from (select word, words_beginning(word, mark) as lookup from unnest(p_terms) as word offset 0) as a, counted c
  ), lookups as (
    -- The rarest word, the two rarest, and so on. `remaining` takes the words for independent of each other.
    select string_agg(format('(%s)', w.lookup), ' & ') over rarest as lookup, count(*) over rarest as words,
           sum(w.listings * case when w.lookup::text like '%:*%' then collecting else 1 end) over rarest * entry_cost as cost,
           c.listings * exp(sum(ln(w.listings / c.listings)) over rarest) as remaining
    from words w, counted c
    window rarest as (order by w.listings, w.word rows unbounded preceding)
  ), best as (
    select * from lookups l order by l.cost + l.remaining limit 1
  ), found as (
    -- The matches of the sample in the order of p_sort. `turns`: this match lies on another page than the one before it.
    select s.created_at, s.name, s.price, row_number() over along as nth, lag(s.page) over along is distinct from s.page as turns
    from (select s.*, (s.ctid::text::point)[0] as page from sampled s where s.fits and s.has_words offset 0) as s, counted c
    where weight * (c.matching - sure_many * sqrt(c.matching)) > p_most
    window along as (order by s.created_at desc, s.name, s.price)
  ), passed as materialized (
    select f.*, count(*) filter (where f.turns) over (order by f.nth rows unbounded preceding) as pages from found f
  ), last as (
    -- The first match of the sample before which p_reach listings match, by count and by pages: matches on one page may lie
    -- next to each other in the order too, as the newest do, and then they count as one. The right side of the second
    -- condition is how many pages would have a match if the matches were spread by chance.
    select p.*
    from passed p, counted c
    where weight * (p.nth - sure_part * sqrt(p.nth)) >= p_reach
      and weight * (p.pages - sure_part * sqrt(p.pages)) * c.matching
          >= p_reach * sampled_pages * (1 - exp(-c.matching / sampled_pages))
    order by p.nth
    limit 1
  ), passing as (
    -- How many listings of the sample a scan along the order passes up to the first match, and up to the last one.
    select p.nth, count(*) as listings
    from passed p join sampled s on s.is_passed and (s.created_at >= p.created_at or s.name <= p.name or s.price <= p.price)
    where p.nth in (1, (select l.nth from last l))
    group by p.nth
  )
  select weight * c.filtered, best.lookup::tsquery, weight * best.cost, weight * best.remaining * c.filtered / c.listings,
         case when best.words < cardinality(p_terms) or p_place = 'text' then all_words end,
         last.nth / c.matching, weight * (select max(p.listings) from passing p) * entry_cost,
         (select greatest(weight * min(p.listings), max(p.listings) * p_reach / last.nth) from passing p),
         last.created_at, last.name,
         case p_sort when 'price_desc' then -last.price end, case p_sort when 'price_asc' then last.price end
  from counted c cross join best left join last on true;
end $$;
