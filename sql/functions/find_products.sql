-- A page of the catalog: the ids in their order, and how many products match in all (p_most + 1 stands for "more than p_most").
-- p_category is a slug and includes its descendants. Each of p_words is a word of the product or begins one. A filter that is
-- null does not filter. p_sort: newest, price_asc, price_desc, name. When a search finds more than p_most, only the first
-- p_reach are returned.
--
-- Small results are collected and sorted. Large results are read from the index that has the order of the sort, from its
-- beginning. collect_listings counts up to p_most first and so decides between the two, because PostgreSQL decides by an
-- estimate: it would read a whole index for a filter that matches nothing.
create or replace function find_products(
  p_category text, p_words text, p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_sort text, p_limit int, p_offset int, p_most int, p_reach int)
returns table (total int, ids uuid[])
language plpgsql stable
as $$
declare
  category uuid;
  categories uuid[];
begin
  if p_category is not null then
    categories := array(select category_descendants(p_category));
    if cardinality(categories) = 1 then
      category := categories[1];
      categories := null;
    end if;
  end if;

  if cardinality(categories) = 0 then
    return query select 0, '{}'::uuid[];
  elsif p_words is not null then
    return query
    select s.total, s.ids[p_offset + 1 : p_offset + p_limit]
    from search_listings(category, categories, p_words, p_min_price, p_max_price, p_in_stock, p_sort,
                         p_offset + p_limit, p_most, p_reach) as s;
  else
    return query
    select g.total, case when g.total <= p_most then g.ids[p_offset + 1 : p_offset + p_limit] else
      scan_listings_in_order(category, categories, null, p_min_price, p_max_price, p_in_stock, null, null, p_sort, p_limit, p_offset)
      end
    from collect_listings(category, categories, null, null, p_min_price, p_max_price, p_in_stock, null, null, p_sort,
                         p_offset + p_limit, p_most + 1) as g;
  end if;
end $$;
