-- How many listings a search finds (p_most + 1 stands for "more than p_most"), and the first p_first of them in the order of
-- p_sort; when there are more than p_most, the first p_reach. p_terms and p_place: words_wanted. p_ids: these listings only.
--
-- The setting holdfast.search_plan chooses between two plans with the same answers (docs/decisions/0009):
--   estimated   (default) estimate_search says whether many listings match. If so, only the part of the order that should hold
--               the first p_reach of them is read: along the index of the order, or collected by the words, or collected by the
--               other filters, whichever costs least. If the part held too few, or few listings match, all are collected.
--   simple      all listings that match are collected by the index of words and sorted. So it is for p_ids, which are few.
drop function if exists search_listings(
  uuid, uuid[], text, bigint, bigint, boolean, text, int, int, int);

create or replace function search_listings(
  p_category uuid, p_categories uuid[], p_terms text[], p_place text, p_min_price bigint, p_max_price bigint,
  p_in_stock boolean, p_ids uuid[], p_sort text, p_first int, p_most int, p_reach int)
returns table (total int, ids uuid[])
language plpgsql stable
as $$
declare
  is_simple constant boolean :=
    p_ids is not null or coalesce(current_setting('holdfast.search_plan', true), '') = 'simple';
  all_words constant tsquery := words_wanted(p_terms, p_place);
  estimate record;
  cost_by_words float8;
  cost_by_filters float8;
  by_words boolean;
begin
  if is_simple then
    return query
    select least(g.total, p_most + 1), case when g.total > p_most then g.ids[:p_reach] else g.ids end
    from collect_listings(
      p_category, p_categories, case when p_ids is not null then all_words end, case when p_ids is null then all_words end,
      p_min_price, p_max_price, p_in_stock, p_ids, null, null, p_sort, greatest(p_first, p_reach), null) as g;
    return;
  end if;

  select * into estimate
  from estimate_search(p_category, p_categories, p_terms, p_place, p_min_price, p_max_price, p_in_stock, p_sort, p_most,
                       p_reach);

  if estimate.part is not null then
    cost_by_words := estimate.lookup_cost + estimate.candidates * estimate.part;
    cost_by_filters := estimate.filtered * estimate.part;
    by_words := cost_by_words < cost_by_filters;
    if estimate.walk_cost < least(cost_by_words, cost_by_filters) + estimate.part_cost then
      ids := scan_listings_in_order(
        p_category, p_categories, all_words,
        greatest(p_min_price, estimate.price_from), least(p_max_price, estimate.price_to), p_in_stock,
        estimate.made_from, estimate.name_to, p_sort, p_reach, 0);
    else
      select g.ids into ids
      from collect_listings(
        p_category, p_categories,
        case when by_words then estimate.the_rest else all_words end, case when by_words then estimate.lookup end,
        greatest(p_min_price, estimate.price_from), least(p_max_price, estimate.price_to), p_in_stock,
        null, estimate.made_from, estimate.name_to, p_sort, p_reach, null) as g;
    end if;
    if cardinality(ids) = p_reach then
      total := p_most + 1;
      return next;
      return;
    end if;
  end if;

  by_words := estimate.lookup_cost + estimate.candidates < estimate.filtered;
  return query
  select least(g.total, p_most + 1), case when g.total > p_most then g.ids[:p_reach] else g.ids end
  from collect_listings(
    p_category, p_categories,
    case when by_words then estimate.the_rest else all_words end, case when by_words then estimate.lookup end,
    p_min_price, p_max_price, p_in_stock, null, null, null, p_sort, greatest(p_first, p_reach), null) as g;
end $$;
