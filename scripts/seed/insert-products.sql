-- Products with their stock, and the stock movements that received it: the ledger and the stock agree.
-- $1 ids, $2 skus, $3 slugs, $4 names, $5 descriptions, $6 categories' slugs, $7 prices, $8 attributes, $9 quantities,
-- $10 when they were created, $11 the currency
with batch as (
  select t.*, categories.id as category_id
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::jsonb[],
              $9::bigint[], $10::timestamptz[])
    as t (id, sku, slug, name, description, category, price, attributes, quantity, made_at)
  join categories on categories.slug = t.category
), made as (
  insert into products (id, sku, slug, name, description, category_id, price, currency, attributes, created_at, updated_at)
  select id, sku, slug, name, description, category_id, price, $11, attributes, made_at, made_at
  from batch
), stocked as (
  insert into inventory (product_id, quantity, updated_at)
  select id, quantity, made_at
  from batch
)
insert into inventory_movements (cause_id, product_id, kind, quantity, reason, created_at)
select id, id, 'receive', quantity, 'opening stock', made_at
from batch
where quantity > 0
