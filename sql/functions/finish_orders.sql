-- TX 2 of checkout: ends many orders by the outcomes of their payments, in one statement.
-- A compare-and-set under the order row's lock: any number of callers may bring the same outcome, and one of them writes it.
--
-- p_outcome   succeeded   it was charged, or its amount is 0 and it needs no charge
--             failed      it was declined or closed, and can't be charged any more
--             given_up    the provider has not answered for too long: the stock goes back, the payment stays open
-- p_reason    why the order is cancelled, if it is (cancel_reason)
-- p_reference, p_code   the provider's reference and decline code, or null
--
-- outcome     confirmed   the reservation is committed
--             cancelled   the reservation is released, or expired if that is the reason
--             refund      a late charge: the order was cancelled before, and a refund row is written
--             closed      the open payment of a cancelled order has ended, and nothing was charged
--             kept        nothing was changed: another caller was faster, there is no such order, or it has ended and the
--                         outcome is given_up. Read the order in the NEXT statement
-- stock, in the first row: what there is now of the products whose units came back: [{ product_id, quantity, version }]; null:
--             none did. It holds when this statement has committed
-- Errors 40P01, 40001, 55P03 and a lost answer: run it again.

-- The result has another form than that of the last release: such a function can only be made anew.
drop function if exists finish_orders(uuid[], text[], text[], text[], text[]);

create function finish_orders(
  p_id uuid[], p_outcome text[], p_reason text[], p_reference text[], p_code text[])
returns table (order_id uuid, outcome text, stock jsonb)
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  won uuid[];
  lost uuid[];
  abandoned uuid[]; -- those of `lost` whose payment stays open
  late uuid[];
  shut uuid[];
  returned jsonb;
begin
  -- 1 The order row is the mutex of order, payment and reservation: locked in id order, read in the next statement.
  perform 1 from orders where id = any (p_id) order by id for no key update;

  select coalesce(array_agg(t.id) filter (where o.status = 'pending' and t.outcome = 'succeeded'), '{}'),
         coalesce(array_agg(t.id) filter (where o.status = 'pending' and t.outcome <> 'succeeded'), '{}'),
         coalesce(array_agg(t.id) filter (where o.status = 'pending' and t.outcome = 'given_up'), '{}'),
         coalesce(array_agg(t.id) filter (where o.status = 'cancelled' and t.outcome = 'succeeded'
                                            and p.status in ('processing', 'unknown', 'failed')
                                            and p.amount > 0), '{}'),
         coalesce(array_agg(t.id) filter (where o.status = 'cancelled'
                                            and (t.outcome = 'failed' or t.outcome = 'succeeded' and p.amount = 0)
                                            and p.status in ('processing', 'unknown')), '{}')
    into won, lost, abandoned, late, shut
  from (select distinct on (id) id, outcome from unnest(p_id, p_outcome) as t (id, outcome)) as t
  join orders o on o.id = t.id
  join payments p on p.order_id = t.id;

  -- 2 Stock, in product order.
  perform 1 from inventory
  where product_id in (select i.product_id from order_items i where i.order_id = any (won || lost))
  order by product_id for no key update;

  with ended as (
    update inventory v set
      reserved_quantity = v.reserved_quantity - held.units,
      quantity = v.quantity + held.back,
      version = v.version + (held.back > 0)::int,
      updated_at = now()
    from (
      select i.product_id, sum(i.quantity)::bigint as units,
             coalesce(sum(i.quantity) filter (where i.order_id = any (lost)), 0)::bigint as back
      from order_items i
      where i.order_id = any (won || lost)
      group by i.product_id
    ) as held
    where v.product_id = held.product_id
    returning v.product_id, v.quantity, v.version, held.back
  )
  select jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', quantity, 'version', version))
    into returned
  from ended
  where back > 0;

  insert into inventory_movements (cause_id, product_id, kind, quantity, reserved)
  select i.order_id, i.product_id,
         (case when i.order_id = any (won) then 'commit' else 'release' end)::movement_kind,
         case when i.order_id = any (won) then 0 else i.quantity end, -i.quantity
  from order_items i
  where i.order_id = any (won || lost);

  -- 3 The reservation, the money, the order.
  update reservations r set
    status = (case when r.order_id = any (won) then 'committed'
                   when t.reason = 'expired' then 'expired'
                   else 'released' end)::reservation_status
  from unnest(p_id, p_reason) as t (id, reason)
  where r.order_id = t.id and r.order_id = any (won || lost) and r.status = 'active';

  update payments p set
    version = p.version + 1,
    updated_at = now(),
    provider_reference = coalesce(t.reference, p.provider_reference),
    failure_code = t.code,
    status = (case when p.order_id = any (won) then 'succeeded'
                   when p.order_id = any (late) then 'refund_pending'
                   when p.order_id = any (abandoned) then 'unknown'
                   else 'failed' end)::payment_status,
    captured = case when p.order_id = any (won || late) then p.amount else p.captured end,
    check_at = case when p.order_id = any (late) then clock_timestamp()
                    when p.order_id = any (abandoned) then clock_timestamp() + interval '10 s' end
  from unnest(p_id, p_reference, p_code) as t (id, reference, code)
  where p.order_id = t.id and p.order_id = any (won || lost || late || shut);

  insert into refunds (payment_id, amount, reason)
  select p.id, p.amount, case when o.cancel_reason = 'expired' then 'stock_lost' else o.cancel_reason::text end
  from payments p
  join orders o on o.id = p.order_id
  where p.order_id = any (late);

  update orders o set
    version = o.version + 1,
    updated_at = now(),
    status = (case when o.id = any (won) then 'confirmed' else 'cancelled' end)::order_status,
    confirmed_at = case when o.id = any (won) then now() else o.confirmed_at end,
    cancelled_at = case when o.id = any (lost) then now() else o.cancelled_at end,
    cancel_reason = (case when o.id = any (lost) then t.reason
                          when o.id = any (late) and o.cancel_reason = 'expired' then 'stock_lost'
                          else o.cancel_reason::text end)::cancel_reason
  from unnest(p_id, p_reason) as t (id, reason)
  where o.id = t.id and o.id = any (won || lost || late);

  insert into order_events (order_id, version, type)
  select o.id, o.version, case when o.id = any (late) then 'refund_requested' else o.status::text end
  from orders o
  where o.id = any (won || lost || late);

  perform emit_order_events(won || lost || late);
  if returned is not null then
    perform emit_stock_events(array_agg(back.product_id), array_agg(back.units)) from (
      select i.product_id, sum(i.quantity)::bigint as units
      from order_items i
      where i.order_id = any (lost)
      group by i.product_id
    ) as back;
  end if;

  return query
  select t.id, case when t.id = any (won) then 'confirmed'
                    when t.id = any (lost) then 'cancelled'
                    when t.id = any (late) then 'refund'
                    when t.id = any (shut) then 'closed'
                    else 'kept' end,
         case when t.n = 1 then returned end
  from unnest(p_id) with ordinality as t (id, n);
end $$;
