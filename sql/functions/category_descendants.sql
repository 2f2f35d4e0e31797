-- The ids of a category, named by its slug, and of all categories below it. No rows when there is no such category.
create or replace function category_descendants(p_slug text) returns setof uuid
language sql stable
as $$
  with recursive tree as (
    select id from categories where slug = p_slug
    union
    select c.id from categories c join tree on c.parent_id = tree.id
  )
  select id from tree
$$;
