-- primary first: SKUs are compared by case folding: "ß" and "SS", "Σ" and "ς", "ı" and "I" are the same letters.
-- Twins that exist already are named, and the migration ends before it changes anything.

lock table products in share mode;
drop index products_sku_twin;

-- To lower, to upper and to lower case: "ẞ" becomes "ß", "SS" and then "ss".
create or replace function sku_form(p_sku text) returns text
language sql immutable strict parallel safe
as $$
  select normalize(lower(upper(lower(normalize(p_sku, nfkc) collate "und-x-icu"))), nfkc)
$$;

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
