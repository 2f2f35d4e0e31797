-- Every unit that was received can be sold, is reserved, or was sold: quantity + reserved + sold = received.
-- When it fires: units were sold twice or lost. Stop selling this product (set it to 0) and count the shelf.
select i.product_id, i.quantity, i.reserved_quantity, coalesce(s.units, 0) as sold, coalesce(m.units, 0) as received
from inventory i
left join (
  select oi.product_id, sum(oi.quantity)::bigint as units
  from order_items oi
  join reservations r on r.order_id = oi.order_id and r.status = 'committed'
  group by oi.product_id
) s using (product_id)
left join (
  select product_id, sum(quantity)::bigint as units
  from inventory_movements
  where kind in ('receive', 'set', 'adjust', 'return')
  group by product_id
) m using (product_id)
where i.quantity + i.reserved_quantity + coalesce(s.units, 0) <> coalesce(m.units, 0)
