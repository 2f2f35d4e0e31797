-- No order is pending for longer than 31 minutes, and no payment that is due waits for more than a minute.
-- When it fires: the resolver does not run, or not fast enough. Look at the nodes' logs for "resolver", and whether the
-- provider answers.
select o.id as order_id, o.status, o.created_at, p.status as payment, p.check_at
from payments p
join orders o on o.id = p.order_id
where (o.status = 'pending' and o.created_at < now() - interval '31 minutes')
  or p.check_at < now() - interval '1 minute'
