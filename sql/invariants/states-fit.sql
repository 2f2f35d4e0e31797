-- The states of an order, its reservation and its payment fit together. (Of a cancelled order whose refund failed, the payment
-- says what came back so far.)
-- When it fires: the order was changed without the functions, or one of their statements was half restored. Read its events.
select o.id as order_id, o.status, o.confirmed_at, r.status as reservation, p.status as payment
from orders o
left join reservations r on r.order_id = o.id
left join payments p on p.order_id = o.id
where not coalesce(
  case
    when o.status = 'pending' then r.status = 'active' and p.status in ('processing', 'unknown')
    when o.status in ('confirmed', 'completed') then
      r.status = 'committed' and p.status in ('succeeded', 'refund_pending', 'partially_refunded', 'refunded')
    when p.status in ('succeeded', 'partially_refunded') then
      (r.status = 'committed') = (o.confirmed_at is not null)
      and exists (select from refunds f where f.payment_id = p.id and f.status = 'failed')
    when o.confirmed_at is not null then r.status = 'committed' and p.status in ('refund_pending', 'refunded')
    else r.status in ('released', 'expired') and p.status in ('processing', 'unknown', 'failed', 'refund_pending', 'refunded')
  end, false)
