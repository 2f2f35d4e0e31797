-- The provider has given back an order's whole charge, and the order is confirmed: a restored database may lack the cancel.
-- Cancels the order for the shop, gives its stock back, and records the refund as made.
-- answers cancelled | kept (the order's state does not allow it, there is no such order, or it has a refund already)
create or replace function record_return(p_id uuid) returns text
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  perform 1 from orders where id = p_id and status = 'confirmed' for no key update;
  if not found or exists (
    select from refunds r join payments p on p.id = r.payment_id where p.order_id = p_id
  ) then
    return 'kept';
  end if;
  if cancel_order(p_id, 'admin', true) <> 'cancelled' then
    return 'kept';
  end if;
  perform finish_refund(r.id) from refunds r join payments p on p.id = r.payment_id where p.order_id = p_id;
  return 'cancelled';
end $$;
