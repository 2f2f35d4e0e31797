-- The refunds of a cancelled order add up to what was captured for it, and a payment's refunded amount is the sum of its
-- refunds that succeeded.
-- When it fires: a buyer lacks money. Refund the difference at the provider, and find out what cancelled the order.
select o.id as order_id, p.id as payment_id, p.captured, p.refunded,
       coalesce(r.promised, 0) as promised, coalesce(r.done, 0) as done
from orders o
join payments p on p.order_id = o.id
left join (
  select payment_id, sum(amount)::bigint as promised,
         coalesce(sum(amount) filter (where status = 'succeeded'), 0)::bigint as done
  from refunds
  group by payment_id
) r on r.payment_id = p.id
where (o.status = 'cancelled' and p.captured <> coalesce(r.promised, 0))
  or p.refunded <> coalesce(r.done, 0)
