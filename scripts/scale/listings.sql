-- What the triggers would have written for each product.
insert into listings (product_id, category_id, price, created_at, name, in_stock, search)
select p.id, p.category_id, p.price, p.created_at, name_in_order(p.name), coalesce(i.quantity > 0, false), words_of(p)
from products p
left join inventory i on i.product_id = p.id
where p.status = 'active'
order by p.created_at
