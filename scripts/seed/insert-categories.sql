-- Categories of one level; their parents exist already. A category whose slug exists already stays as it is.
-- $1 ids, $2 slugs, $3 names, $4 descriptions, $5 parents' slugs (null: a root), $6 when they were created
insert into categories (id, slug, name, description, parent_id, created_at, updated_at)
select t.id, t.slug, t.name, t.description, parent.id, $6::timestamptz, $6::timestamptz
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as t (id, slug, name, description, parent)
left join categories parent on parent.slug = t.parent
on conflict do nothing
