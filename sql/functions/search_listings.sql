-- How many listings a search finds, of more than p_most p_most + 1, and the first p_first of them in the order of p_sort, of
-- more than p_most p_reach. Each of p_words is one of the product's, or begins one.
--
-- A survey tells whether there are many. If so, they are looked for in the part of the order that should have the first p_reach
-- of them. Walked along, or gathered by their words, or by the other filters: whichever costs least.
create or replace function search_listings(
  p_category uuid, p_categories uuid[], p_words text, p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_sort text, p_first int, p_most int, p_reach int)
returns table (total int, ids uuid[])
language plpgsql stable
as $$
declare
  words constant text[] := tsvector_to_array(to_tsvector('simple', p_words));
  all_words constant tsquery := all_beginnings(words);
  survey record;
  cost_by_words float8;
  cost_by_filters float8;
  by_words boolean;
begin
  if cardinality(words) = 0 then
    return query select 0, '{}'::uuid[];
    return;
  end if;
  select * into survey
  from estimate_search(p_category, p_categories, words, p_min_price, p_max_price, p_in_stock, p_sort, p_most, p_reach);

  if survey.part is not null then
    cost_by_words := survey.lookup_cost + survey.candidates * survey.part;
    cost_by_filters := survey.filtered * survey.part;
    by_words := cost_by_words < cost_by_filters;
    if survey.walk_cost < least(cost_by_words, cost_by_filters) + survey.part_cost then
      ids := scan_listings_in_order(
        p_category, p_categories, all_words,
        greatest(p_min_price, survey.price_from), least(p_max_price, survey.price_to), p_in_stock,
        survey.made_from, survey.name_to, p_sort, p_reach, 0);
    else
      select g.ids into ids
      from collect_listings(
        p_category, p_categories,
        case when by_words then survey.the_rest else all_words end, case when by_words then survey.lookup end,
        greatest(p_min_price, survey.price_from), least(p_max_price, survey.price_to), p_in_stock,
        survey.made_from, survey.name_to, p_sort, p_reach, null) as g;
    end if;
    if cardinality(ids) = p_reach then
      total := p_most + 1;
      return next;
      return;
    end if;
  end if;

  by_words := survey.lookup_cost + survey.candidates < survey.filtered;
  return query
  select least(g.total, p_most + 1), case when g.total > p_most then g.ids[:p_reach] else g.ids end
  from collect_listings(
    p_category, p_categories,
    case when by_words then survey.the_rest else all_words end, case when by_words then survey.lookup end,
    p_min_price, p_max_price, p_in_stock, null, null, p_sort, greatest(p_first, p_reach), null) as g;
end $$;
