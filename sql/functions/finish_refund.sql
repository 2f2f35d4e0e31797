-- The provider has made a refund, or says that it will never make it: the refund's row, the payment and the order's history
-- record it. Any number of callers may call it, and one of them writes it.
-- p_key        the attempt that the news is about; null: the present one. Late news of an earlier attempt changes nothing
-- p_status     succeeded | failed: the money is owed still, and retry_refund begins another attempt
-- p_reference  the provider's reference, or null
-- p_failure    why it failed, or null
-- answers true when this call wrote it
drop function if exists finish_refund(uuid);
create or replace function finish_refund(
  p_refund uuid, p_key uuid default null, p_status text default 'succeeded', p_reference text default null,
  p_failure text default null) returns boolean
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  paid payments;
  changed refunds;
  open boolean;
begin
  perform 1 from orders
  where id = (select p.order_id from payments p join refunds r on r.payment_id = p.id where r.id = p_refund)
  for no key update;

  update refunds set
    status = p_status::refund_status,
    provider_reference = coalesce(p_reference, provider_reference),
    failure_code = case when p_status = 'failed' then coalesce(p_failure, 'unknown') end,
    updated_at = now()
  where id = p_refund and status = 'pending' and coalesce(p_key, provider_key, id) = coalesce(provider_key, id)
  returning * into changed;
  if changed.id is null then
    return false;
  end if;

  select p.* into paid from payments p where p.id = changed.payment_id;
  paid.refunded := paid.refunded + case when p_status = 'succeeded' then changed.amount else 0 end;
  open := exists (select from refunds where payment_id = paid.id and status = 'pending');

  update payments set
    refunded = paid.refunded,
    version = version + 1,
    updated_at = now(),
    status = (case when open then 'refund_pending'
                   when paid.refunded = captured then 'refunded'
                   when paid.refunded > 0 then 'partially_refunded'
                   else 'succeeded' end)::payment_status,
    check_at = case when open then clock_timestamp() end
  where id = paid.id;

  update orders set version = version + 1, updated_at = now() where id = paid.order_id;
  insert into order_events (order_id, version, type)
  select id, version, case when p_status = 'failed' then 'refund_failed' else 'refunded' end
  from orders where id = paid.order_id;
  perform emit_order_events(array[paid.order_id]);

  return true;
end $$;
