-- A product's stock row is the sum of its ledger: what came in and went out, and what is held of it.
-- When it fires: inventory was written without the functions. The ledger is right: set the row by PUT /admin/inventory, and
-- find out which client has the rights to write the table.
select i.product_id, i.quantity, i.reserved_quantity, m.quantity as ledger_quantity, m.reserved as ledger_reserved
from inventory i
left join (
  select product_id, sum(quantity)::bigint as quantity, sum(reserved)::bigint as reserved
  from inventory_movements
  group by product_id
) m using (product_id)
where (i.quantity, i.reserved_quantity) is distinct from (coalesce(m.quantity, 0), coalesce(m.reserved, 0))
