-- Orders of the last 30 days, paid and confirmed, one line each, over all products in turn: the rows that place_orders and
-- finish_orders would have written, with events delivered. As many units are received as sold, so stock is unchanged.
-- $1  how many
-- returns their charges, for the payment provider's ledger: payment_id, amount, currency, reference, at
with wanted as (
  select n, clock_timestamp() - random() * interval '30 days' as at from generate_series(1, $1::int) as t (n)
), shelf as (
  select id, sku, name, price, currency, row_number() over (order by id) - 1 as place, count(*) over () as places
  from products
), sold as materialized (
  select (stamp || '-7' || substr(gen_random_uuid()::text, 16))::uuid as id,
         (stamp || '-7' || substr(gen_random_uuid()::text, 16))::uuid as payment_id,
         at, shelf.id as product_id, sku, name, price, currency
  from wanted
  join shelf on place = n % places
  cross join lateral (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as hex) as h
  cross join lateral (select substr(hex, 1, 8) || '-' || substr(hex, 9) as stamp) as s
), received as (
  insert into inventory_movements (cause_id, product_id, kind, quantity, created_at)
  select gen_random_uuid(), product_id, 'receive', count(*), min(at) from sold group by product_id
), placed as (
  insert into orders (id, number, session_id, session_hashed, idempotency_key, request_hash, status, email, currency, total, version,
                      created_at, confirmed_at, updated_at)
  select id, upper(right(id::text, 12)), gen_random_uuid(), true, id::text, sha256(id::text::bytea), 'confirmed',
         'ada@example.com', currency, price, 2, at, at, at
  from sold
), lines as (
  insert into order_items (order_id, product_id, position, sku, name, quantity, unit_price)
  select id, product_id, 1, sku, name, 1, price from sold
), held as (
  insert into reservations (order_id, status, expires_at) select id, 'committed', at + interval '10 minutes' from sold
), moved as (
  insert into inventory_movements (cause_id, product_id, kind, quantity, reserved, created_at)
  select id, product_id, 'reserve'::movement_kind, -1, 1, at from sold
  union all
  select id, product_id, 'commit', 0, -1, at from sold
), told as (
  insert into order_events (order_id, version, type, created_at)
  select id, 1, 'placed', at from sold
  union all
  select id, 2, 'confirmed', at from sold
)
insert into payments (id, order_id, amount, currency, status, provider_reference, captured, version, created_at, updated_at)
select payment_id, id, price, currency, 'succeeded', 'sim_' || payment_id, price, 2, at, at from sold
returning id as payment_id, amount::float8 as amount, currency, provider_reference as reference, created_at as at
