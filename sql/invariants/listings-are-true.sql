-- The listings are the active products, with their prices, categories and words, in stock or not.
-- When it fires: lists and searches are wrong; nothing else reads the listings. Write the product again
-- (update products set name = name || ' ' where …, and back), and find out what writes without the triggers.
select coalesce(p.id, l.product_id) as product_id, p.status, p.price, l.price as listed_price, i.quantity, l.in_stock
from (select * from products where status = 'active') p
left join inventory i on i.product_id = p.id
full join listings l on l.product_id = p.id
where (p.id, p.category_id, p.price, new_since(p), name_in_order(p.name), coalesce(i.quantity > 0, false), words_of(p))
  is distinct from (l.product_id, l.category_id, l.price, l.created_at, l.name, l.in_stock, l.search)
