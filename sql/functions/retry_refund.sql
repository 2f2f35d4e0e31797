-- Begins another attempt of a refund that failed, with another key: at the provider the failed attempt keeps its answer.
-- answers true when this call began it; false: the refund has not failed, or there is no such refund
create or replace function retry_refund(p_refund uuid) returns boolean
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  paid uuid;
begin
  perform 1 from orders
  where id = (select p.order_id from payments p join refunds r on r.payment_id = p.id where r.id = p_refund)
  for no key update;

  update refunds set status = 'pending', provider_key = gen_random_uuid(), provider_reference = null, failure_code = null,
    updated_at = now()
  where id = p_refund and status = 'failed'
  returning payment_id into paid;
  if paid is null then
    return false;
  end if;

  update payments set status = 'refund_pending', check_at = clock_timestamp(), attempts = 0, version = version + 1,
    updated_at = now()
  where id = paid;

  update orders set version = version + 1, updated_at = now()
  where id = (select order_id from payments where id = paid);
  insert into order_events (order_id, version, type)
  select o.id, o.version, 'refund_requested' from orders o join payments p on p.order_id = o.id where p.id = paid;
  perform emit_order_events(array_agg(order_id)) from payments where id = paid;

  return true;
end $$;
