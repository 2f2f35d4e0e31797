-- The provider has made a refund: the refund's row, the payment and the order's history record it. Any number of callers
-- may call it, and one of them writes it.
-- answers true when this call wrote it
create or replace function finish_refund(p_refund uuid) returns boolean
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  paid payments;
  returned bigint;
  open boolean;
begin
  perform 1 from orders
  where id = (select p.order_id from payments p join refunds r on r.payment_id = p.id where r.id = p_refund)
  for no key update;

  update refunds set status = 'succeeded', updated_at = now() where id = p_refund and status = 'pending'
  returning amount into returned;
  if returned is null then
    return false;
  end if;

  select p.* into paid from payments p join refunds r on r.payment_id = p.id where r.id = p_refund;
  open := exists (select from refunds where payment_id = paid.id and status = 'pending');

  update payments set
    refunded = refunded + returned,
    version = version + 1,
    updated_at = now(),
    status = (case when open then 'refund_pending'
                   when refunded + returned = captured then 'refunded'
                   else 'partially_refunded' end)::payment_status,
    check_at = case when open then clock_timestamp() end
  where id = paid.id;

  update orders set version = version + 1, updated_at = now() where id = paid.order_id;
  insert into order_events (order_id, version, type)
  select id, version, 'refunded' from orders where id = paid.order_id;
  perform emit_order_events(array[paid.order_id]);

  return true;
end $$;
