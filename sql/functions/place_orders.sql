-- TX 1 of checkout: takes stock for many orders in one statement, with no client round trip while a row is locked.
--
-- One array element an order, in arrival order; at most one order a session in a call. p_begun is the database's clock
-- when the request first asked it. The lines are flat arrays: l_order and l_product are ordinals into the orders and
-- into s_id (every product of the call), in the order of l_order, lines of one product summed by the caller; l_price is
-- the price that the caller quoted. p_most_pending is how many pending orders a session may have at a time; 0: any number.
-- p_hashed: p_session are hashes already. Nodes of the last release give ids. p_purchase, for orders of items with a key: the
-- session that is made of key and body for a request that names none. A request of that session and one of another session
-- with the same key and body are one purchase; at most one order a purchase in a call.
--
-- outcome, an order:
--   placed    order, items, payment (processing), reservation, movements and events are written, stock is held
--   refused   stock is too small; shortages lists every such line: [{ product_id, requested, available }]
--   exists    another order has its key, its cart or its purchase: read that order in the NEXT statement. If it has this id,
--             it was placed
--   changed   a price is not the quoted one, or a product is not for sale any more
--   late      begun more than p_patience ago: its client may have been told that it failed
--   capped    its session has p_most_pending pending orders already
--
-- stock, in the first row: what is left of the products whose units were taken: [{ product_id, quantity, version }]; null: none
-- were. It holds when this statement has committed.
--
-- Errors 40P01, 40001, 55P03 and a lost answer: run the same statement again with the same ids.

-- Drops the old signature; old calls resolve to the new one through its defaults.
drop function if exists place_orders(
  uuid[], text[], uuid[], text[], bytea[], uuid[], uuid[], text[], jsonb[], bigint[], timestamptz[],
  text, interval, interval, interval, int[], int[], int[], bigint[], uuid[], int);
drop function if exists place_orders(
  uuid[], text[], uuid[], text[], bytea[], uuid[], uuid[], text[], jsonb[], bigint[], timestamptz[],
  text, interval, interval, interval, int[], int[], int[], bigint[], uuid[], int, boolean, uuid[]);

create function place_orders(
  p_id uuid[], p_number text[], p_session uuid[], p_key text[], p_hash bytea[], p_cart uuid[], p_payment uuid[],
  p_email text[], p_address jsonb[], p_total bigint[], p_begun timestamptz[],
  p_currency text, p_hold interval, p_lease interval, p_patience interval,
  l_order int[], l_product int[], l_quantity int[], l_price bigint[], s_id uuid[],
  p_most_pending int default 0, p_hashed boolean default false, p_purchase uuid[] default null)
returns table (ord int, outcome text, shortages jsonb, stock jsonb)
language plpgsql
-- Plans made while the tables were empty never recover: forbid what they would choose.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  orders_in constant int := cardinality(p_id);
  claimed boolean[];
  changed boolean[];
  late boolean[] := array_fill(false, array[orders_in]);
  capped boolean[] := array_fill(false, array[orders_in]);
  accepted boolean[] := array_fill(false, array[orders_in]);
  short jsonb[] := array_fill(null::jsonb, array[orders_in]);
  have bigint[];
  taken bigint[] := array_fill(0::bigint, array[cardinality(s_id)]);
  line int := 1;
  first_line int;
  worth bigint;
  missing jsonb;
  moved int;
  left_over jsonb;
begin
  if not p_hashed then
    select array_agg(hash_session(t.session) order by t.n) into p_session
    from unnest(p_session) with ordinality as t (session, n);
  end if;

  -- 0 One order of a session at a time, since two that are being placed do not see each other and could both be the
  --   last that fits. Before every other lock, in the order of its own numbers: two sessions may share one.
  if p_most_pending > 0 then
    perform pg_advisory_xact_lock(hashtext('holdfast session'), t.lock)
    from (select hashtext(session::text) as lock from unnest(p_session) as s (session) order by 1) as t;
  end if;

  --   Then one request of a purchase at a time, since two of different sessions have no unique index in common.
  if p_purchase is not null then
    perform pg_advisory_xact_lock(hashtext('holdfast purchase'), t.lock)
    from (select hashtext(purchase::text) as lock from unnest(p_purchase) as p (purchase)
          where purchase is not null order by 1) as t;
  end if;

  -- 1 Claim key and cart, in session order, so that two calls never wait for each other crosswise.
  --   The insert waits for another call's claim that is not committed yet.
  with inserted as (
    insert into orders (id, number, session_id, session_hashed, idempotency_key, request_hash, cart_id, email,
                        shipping_address, currency, total)
    select id, number, session, true, key, hash, cart, email, address, p_currency, total
    from unnest(p_id, p_number, p_session, p_key, p_hash, p_cart, p_email, p_address, p_total, p_purchase)
      as t (id, number, session, key, hash, cart, email, address, total, purchase)
    where purchase is null or not exists (
      select from orders o
      where o.idempotency_key = key and o.cart_id is null and o.request_hash = hash and o.id <> t.id
        and o.session_id <> session and (o.session_id = purchase or session = purchase))
    order by session, key
    on conflict do nothing
    returning id
  )
  select array_agg(inserted.id is not null order by t.n) into claimed
  from unnest(p_id) with ordinality as t (id, n)
  left join inserted on inserted.id = t.id;

  if p_most_pending > 0 then
    select array_agg((
      select count(*) from (
        select from orders o
        where o.session_id = t.session and o.status = 'pending' and o.id <> t.id
        limit p_most_pending) as held
    ) >= p_most_pending order by t.n) into capped
    from unnest(p_id, p_session) with ordinality as t (id, session, n);
  end if;

  -- 2 Is everything for sale, at the quoted price?
  select array_agg(exists (
    select from unnest(l_order, l_product, l_price) as l (o, p, price)
    left join products on products.id = s_id[l.p]
    where l.o = t.n and (products.price is distinct from l.price or products.currency <> p_currency
                         or products.status is distinct from 'active')
  ) order by t.n) into changed
  from generate_series(1, orders_in) as t (n);

  -- 3 Lock stock in product order, and read it in the next statement, whose snapshot is taken after the wait.
  perform 1 from inventory where product_id = any (s_id) order by product_id for no key update;
  select array_agg(coalesce(inventory.quantity, 0) order by s.n) into have
  from unnest(s_id) with ordinality as s (id, n)
  left join inventory on inventory.product_id = s.id;

  -- 4 Decide in arrival order, all lines of an order or none. A refused order leaves its units to the next.
  for i in 1 .. orders_in loop
    first_line := line;
    worth := 0;
    missing := '[]';
    while line <= cardinality(l_order) and l_order[line] = i loop
      if have[l_product[line]] < l_quantity[line] then
        missing := missing || jsonb_build_object(
          'product_id', s_id[l_product[line]],
          'requested', l_quantity[line],
          'available', have[l_product[line]]);
      end if;
      worth := worth + l_quantity[line] * l_price[line];
      line := line + 1;
    end loop;
    if line = first_line or worth <> p_total[i] then
      raise exception 'order % has a total of %, and lines of %', p_id[i], p_total[i], worth;
    end if;
    late[i] := clock_timestamp() - p_begun[i] > p_patience;
    if claimed[i] and not changed[i] and not late[i] and not capped[i] then
      if missing = '[]' then
        accepted[i] := true;
        for j in first_line .. line - 1 loop
          have[l_product[j]] := have[l_product[j]] - l_quantity[j];
          taken[l_product[j]] := taken[l_product[j]] + l_quantity[j];
        end loop;
      else
        short[i] := missing;
      end if;
    end if;
  end loop;
  if line <= cardinality(l_order) then
    raise exception 'line % does not stand with the lines of its order', line;
  end if;

  -- 5 Write the accepted orders. No other transaction has seen the claims that are deleted here.
  if claimed <> accepted then
    delete from orders where id in (
      select t.id from unnest(p_id, claimed, accepted) as t (id, claimed, accepted) where t.claimed and not t.accepted);
  end if;

  with sold as (
    update inventory set
      quantity = inventory.quantity - t.units,
      reserved_quantity = inventory.reserved_quantity + t.units,
      version = inventory.version + 1,
      updated_at = now()
    from unnest(s_id, taken) as t (id, units)
    where inventory.product_id = t.id and t.units > 0 and inventory.quantity >= t.units
    returning inventory.product_id, inventory.quantity, inventory.version
  )
  select count(*), jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', quantity, 'version', version))
    into moved, left_over
  from sold;
  if moved <> cardinality(array_remove(taken, 0)) then
    raise exception 'stock has changed under its lock';
  end if;

  insert into payments (id, order_id, amount, currency, check_at, provider)
  select t.payment, t.id, t.total, p_currency, clock_timestamp() + least(p_lease, p_hold), (select provider from cluster)
  from unnest(p_payment, p_id, p_total, accepted) as t (payment, id, total, accepted)
  where t.accepted;

  insert into reservations (order_id, expires_at)
  select t.id, clock_timestamp() + p_hold
  from unnest(p_id, accepted) as t (id, accepted)
  where t.accepted;

  insert into order_items (order_id, product_id, position, sku, name, quantity, unit_price)
  select p_id[l.o], products.id, row_number() over (partition by l.o order by l.n), products.sku, products.name,
         l.units, l.price
  from unnest(l_order, l_product, l_quantity, l_price) with ordinality as l (o, p, units, price, n)
  join products on products.id = s_id[l.p]
  where accepted[l.o];

  insert into inventory_movements (cause_id, product_id, kind, quantity, reserved)
  select p_id[l.o], s_id[l.p], 'reserve', -l.units, l.units
  from unnest(l_order, l_product, l_quantity) as l (o, p, units)
  where accepted[l.o];

  insert into order_events (order_id, version, type)
  select t.id, 1, 'placed'
  from unnest(p_id, accepted) as t (id, accepted)
  where t.accepted;

  perform emit_order_events(array(select t.id from unnest(p_id, accepted) as t (id, accepted) where t.accepted));
  perform emit_stock_events(s_id, array(select -units from unnest(taken) with ordinality as t (units, n) order by n));

  return query
  select t.n::int,
         case when t.accepted then 'placed'
              when not t.claimed then 'exists'
              when t.late then 'late'
              when t.capped then 'capped'
              when t.changed then 'changed'
              else 'refused' end,
         t.short,
         case when t.n = 1 then left_over end
  from unnest(claimed, changed, late, capped, accepted, short) with ordinality
    as t (claimed, changed, late, capped, accepted, short, n);
end $$;
