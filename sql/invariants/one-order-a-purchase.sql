-- A session's key has one order, and a cart has one order that is not cancelled.
-- When it fires: a unique index is missing, and a buyer may have paid twice. Refund one of the orders, and create the index
-- again.
select session_id::text || ' ' || idempotency_key as purchase, count(*) as orders
from orders
group by session_id, idempotency_key
having count(*) > 1
union all
select 'cart ' || cart_id, count(*)
from orders
where cart_id is not null and status <> 'cancelled'
group by cart_id
having count(*) > 1
