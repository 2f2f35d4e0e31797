-- The ids of these categories, named by their slugs or ids in lower case, and of all categories below them. No rows when there
-- is none of them.
drop function if exists category_descendants(text);

create or replace function category_descendants(p_categories text[]) returns setof uuid
language sql stable
as $$
  with recursive tree as (
    select id from categories where slug = any (p_categories) or id::text = any (p_categories)
    union
    select c.id from categories c join tree on c.parent_id = tree.id
  )
  select id from tree
$$;
