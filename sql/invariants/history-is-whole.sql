-- Every version of an order has its event, so its history is complete.
-- When it fires: the order was changed without the functions. Find out which client has the rights to write the table.
select o.id as order_id, o.version, coalesce(e.events, 0) as events, e.newest
from orders o
left join (
  select order_id, count(*) as events, max(version) as newest
  from order_events
  group by order_id
) e on e.order_id = o.id
where o.version <> coalesce(e.events, 0) or o.version is distinct from e.newest
