-- An order whose whole charge the provider has given back, as happens when a restored database has forgotten that it was
-- cancelled: cancels it for the shop, the stock goes back, and its refund is one that has gone through already.
-- answers cancelled | kept (it is in no state to be cancelled, not there, or money went back on it that is known)
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
