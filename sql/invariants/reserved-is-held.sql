-- The reserved quantity of a product is the sum of its active reservations.
-- When it fires: a reservation ended without giving its units back, or gave them back twice. Compare the product's movements
-- with its orders, and adjust by the difference.
select i.product_id, i.reserved_quantity, coalesce(h.units, 0) as held
from inventory i
left join (
  select oi.product_id, sum(oi.quantity)::bigint as units
  from order_items oi
  join reservations r on r.order_id = oi.order_id and r.status = 'active'
  group by oi.product_id
) h using (product_id)
where i.reserved_quantity <> coalesce(h.units, 0)
