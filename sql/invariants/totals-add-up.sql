-- An order's total is the sum of its lines.
-- When it fires: an order or its lines were changed by hand. The payment's amount is what the buyer agreed to.
select o.id as order_id, o.total, coalesce(i.total, 0) as lines
from orders o
left join (
  select order_id, sum(quantity * unit_price)::bigint as total
  from order_items
  group by order_id
) i on i.order_id = o.id
where o.total <> coalesce(i.total, 0)
