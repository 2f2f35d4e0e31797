-- primary first: a SKU is unique whatever its case and its form (composed or decomposed letters, full or half width).
-- Twins that exist already are named, and the migration ends before it changes anything.

-- The form in which SKUs are compared. It uses nothing but the catalog of PostgreSQL: it stands in an index.
create function sku_form(p_sku text) returns text
language sql immutable strict parallel safe
as $$ select lower(normalize(p_sku, nfkc) collate "und-x-icu") $$;

lock table products in share mode;

do $$
declare
  twins text;
begin
  select string_agg(same.skus, '; ') into twins
  from (
    select string_agg(format('"%s" (product %s)', sku, id), ' and ' order by created_at, id) as skus
    from products
    group by sku_form(sku)
    having count(*) > 1
    order by min(created_at)
    limit 50
  ) as same;
  if twins is not null then
    raise exception using
      errcode = 'unique_violation',
      message = 'products have SKUs that differ only in upper and lower case or in their Unicode form: ' || twins
        || '. Change one of each on the primary (update products set sku = ''…'', version = version + 1 where id = ''…'') and'
        || ' migrate again. Nothing was changed.';
  end if;
end $$;

create unique index products_sku_twin on products (sku_form(sku));
