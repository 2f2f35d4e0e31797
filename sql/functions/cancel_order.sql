-- Cancels a pending or confirmed order for its buyer or the shop, as long as nothing of it was sent.
-- Pending: the stock goes back and the payment stays open. The resolver closes the payment, or refunds it if it was charged.
-- Confirmed: the stock goes back by a `return` movement (if p_restock), and the money by a refund row, if there is any.
-- answers cancelled | kept (the order's state does not allow it, or there is no such order)
create or replace function cancel_order(p_id uuid, p_reason cancel_reason, p_restock boolean) returns text
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  o orders;
  owed bigint;
begin
  select * into o from orders where id = p_id for no key update;
  if o.id is null or o.status not in ('pending', 'confirmed') or o.fulfillment_status <> 'unfulfilled' then
    return 'kept';
  end if;

  perform 1 from inventory
  where product_id in (select product_id from order_items where order_id = p_id)
  order by product_id for no key update;

  if o.status = 'pending' then
    update inventory v set
      quantity = v.quantity + i.quantity,
      reserved_quantity = v.reserved_quantity - i.quantity,
      version = v.version + 1,
      updated_at = now()
    from order_items i
    where i.order_id = p_id and v.product_id = i.product_id;

    insert into inventory_movements (cause_id, product_id, kind, quantity, reserved)
    select order_id, product_id, 'release', quantity, -quantity from order_items where order_id = p_id;

    update reservations set status = 'released' where order_id = p_id and status = 'active';

    update payments set status = 'unknown', check_at = clock_timestamp(), version = version + 1, updated_at = now()
    where order_id = p_id;
  else
    if p_restock then
      update inventory v set quantity = v.quantity + i.quantity, version = v.version + 1, updated_at = now()
      from order_items i
      where i.order_id = p_id and v.product_id = i.product_id;

      insert into inventory_movements (cause_id, product_id, kind, quantity)
      select order_id, product_id, 'return', quantity from order_items where order_id = p_id;
    end if;

    select p.captured - coalesce((select sum(r.amount) from refunds r where r.payment_id = p.id), 0) into owed
    from payments p where p.order_id = p_id;

    insert into refunds (payment_id, amount, reason)
    select id, owed, p_reason::text from payments where order_id = p_id and owed > 0;

    update payments p set
      status = (case when p.refunded < p.captured then 'refund_pending' else 'refunded' end)::payment_status,
      check_at = case when p.refunded < p.captured then clock_timestamp() end,
      version = version + 1,
      updated_at = now()
    where order_id = p_id;
  end if;

  update orders set status = 'cancelled', cancelled_at = now(), cancel_reason = p_reason, version = version + 1,
    updated_at = now()
  where id = p_id;

  insert into order_events (order_id, version, type) values (p_id, o.version + 1, 'cancelled');

  perform emit_order_events(array[p_id]);
  if o.status = 'pending' or p_restock then
    perform emit_stock_events(array_agg(product_id), array_agg(quantity::bigint)) from order_items where order_id = p_id;
  end if;

  return 'cancelled';
end $$;
