-- A confirmed order was charged its total, and its reservation was committed. No other order's reservation was.
-- When it fires: goods may leave without money. Hold the order back and ask the provider for the payment.
select o.id as order_id, o.status, o.total, p.captured, r.status as reservation
from orders o
join payments p on p.order_id = o.id
join reservations r on r.order_id = o.id
where (o.confirmed_at is not null) <> (r.status = 'committed')
  or (o.confirmed_at is not null and p.captured <> o.total)
