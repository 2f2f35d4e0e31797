-- A page of the catalog: the ids in their order, and how many products match in all (p_most + 1 stands for "more than p_most").
-- p_categories are slugs or ids in lower case and include their descendants; a product is in one of them. p_words is the text of
-- a search: each of its words is a word of the product or begins one, whatever its accents and forms (search_terms).
-- p_attributes: the product has all of these attributes, {"colour": "blue"}. p_ids: it is one of these. A filter that is null
-- does not filter. p_sort: newest, relevance, price_asc, price_desc, name. When a search by words or attributes finds more than
-- p_most, only the first p_reach are returned.
--
-- Small results are collected and sorted. Large results are read from the index that has the order of the sort, from its
-- beginning. collect_listings counts up to p_most first and so decides between the two, because PostgreSQL decides by an
-- estimate: it would read a whole index for a filter that matches nothing.
create or replace function find_products(
  p_categories text[], p_words text, p_attributes jsonb, p_ids uuid[], p_min_price bigint, p_max_price bigint,
  p_in_stock boolean, p_sort text, p_limit int, p_offset int, p_most int, p_reach int)
returns table (total int, ids uuid[])
language plpgsql stable
as $$
declare
  words constant text[] := search_terms(p_words);
  terms constant text[] := coalesce(words, '{}')
    || array(select attribute_word(key, value) from jsonb_each_text(p_attributes));
  sort constant text := case when p_sort = 'relevance' and words is null then 'newest' else p_sort end;
  category uuid;
  categories uuid[];
begin
  if p_categories is not null then
    categories := array(select category_descendants(p_categories));
    if cardinality(categories) = 1 then
      category := categories[1];
      categories := null;
    end if;
  end if;

  if cardinality(categories) = 0 or cardinality(words) = 0 then
    return query select 0, '{}'::uuid[];
  elsif sort = 'relevance' then
    return query
    select s.total, s.ids[p_offset + 1 : p_offset + p_limit]
    from search_by_relevance(category, categories, terms, p_min_price, p_max_price, p_in_stock, p_ids, p_offset + p_limit,
                             p_most, p_reach) as s;
  elsif cardinality(terms) > 0 or p_ids is not null then
    return query
    select s.total, s.ids[p_offset + 1 : p_offset + p_limit]
    from search_listings(category, categories, terms, null, p_min_price, p_max_price, p_in_stock, p_ids, sort,
                         p_offset + p_limit, p_most, p_reach) as s;
  else
    return query
    select g.total, case when g.total <= p_most then g.ids[p_offset + 1 : p_offset + p_limit] else
      scan_listings_in_order(category, categories, null, p_min_price, p_max_price, p_in_stock, null, null, sort, p_limit, p_offset)
      end
    from collect_listings(category, categories, null, null, p_min_price, p_max_price, p_in_stock, null, null, null, sort,
                         p_offset + p_limit, p_most + 1) as g;
  end if;
end $$;

-- Nodes of the last release call this one.
create or replace function find_products(
  p_category text, p_words text, p_min_price bigint, p_max_price bigint, p_in_stock boolean,
  p_sort text, p_limit int, p_offset int, p_most int, p_reach int)
returns table (total int, ids uuid[])
language sql stable
as $$
  select * from find_products(
    case when p_category is not null then array[p_category] end, p_words, null, null, p_min_price, p_max_price, p_in_stock,
    p_sort, p_limit, p_offset, p_most, p_reach)
$$;
