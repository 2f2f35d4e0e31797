-- primary first
-- concurrently
-- A customer and the shop's staff know an order by its number, so no two orders have the same.

-- Of an attempt that was interrupted.
drop index concurrently if exists orders_number;

create unique index concurrently orders_number on orders (number);
