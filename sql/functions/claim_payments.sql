-- Claims the payments that the resolver works on next: those whose check_at has passed, in any state of their order. With
-- p_order only that order's payment, which is due too when the order's reservation has expired.
-- A claim is no lock: it pushes check_at back (2 s doubling to 5 min), so that other nodes leave the payment alone meanwhile.
-- Of a pending order never beyond the moment when it is given up (p_give_up after it was placed): its stock is held until then.
-- The caller asks the provider afterwards, with no transaction open.
-- hold_due: the reservation is active and has expired; order_age: since the order was placed, by the database's clock.
drop function if exists claim_payments(int, uuid);
create or replace function claim_payments(
  p_limit int, p_order uuid default null, p_give_up interval default interval '30 min')
returns table (payment_id uuid, order_id uuid, amount bigint, currency char(3), status payment_status, attempts int,
               order_status order_status, order_age interval, hold_due boolean)
language plpgsql
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with due as (
    select id from payments
    where check_at is not null and case -- the partial index: few payments are open at any time
      when p_order is null then check_at <= clock_timestamp()
      else payments.order_id = p_order and (
        check_at <= clock_timestamp() or exists (
          select from reservations r
          where r.order_id = p_order and r.status = 'active' and r.expires_at <= clock_timestamp()))
    end
    order by check_at
    limit p_limit
    for no key update skip locked
  ), claimed as (
    update payments set
      -- The request that placed the order has lost its lease: its outcome counts as unknown.
      status = (case when payments.status = 'processing' then 'unknown' else payments.status::text end)::payment_status,
      attempts = payments.attempts + 1,
      check_at = clock_timestamp() + least(
        interval '2 s' * 2 ^ least(payments.attempts, 8),
        interval '5 min',
        case when o.status = 'pending' and o.created_at + p_give_up > clock_timestamp()
             then o.created_at + p_give_up - clock_timestamp() end)
    from orders o
    where payments.id in (select id from due) and o.id = payments.order_id
    returning payments.*
  )
  select c.id, c.order_id, c.amount, c.currency, c.status, c.attempts, o.status,
         clock_timestamp() - o.created_at, r.status = 'active' and r.expires_at <= clock_timestamp()
  from claimed c
  join orders o on o.id = c.order_id
  join reservations r on r.order_id = c.order_id;
end $$;
