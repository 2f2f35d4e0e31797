-- No stock, price or amount is below zero. The schema's checks say the same.
-- When it fires: a check was dropped. Put it back before anything else.
select 'inventory' as what, product_id as id from inventory where quantity < 0 or reserved_quantity < 0
union all
select 'product', id from products where price < 0
union all
select 'order', id from orders where total < 0
union all
select 'payment', id from payments where amount < 0 or captured < 0 or refunded < 0
