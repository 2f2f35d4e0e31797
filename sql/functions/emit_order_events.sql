-- Writes to the outbox what the newest event of each of these orders says, as `order.<type>`. Called by whoever wrote
-- that event, in the same transaction, with the order's row locked. Whose order it is stays here.
create or replace function emit_order_events(p_id uuid[]) returns void
language plpgsql
as $$
begin
  insert into outbox (aggregatetype, aggregateid, version, type, payload)
  select 'order', o.id, o.version, 'order.' || e.type, jsonb_build_object(
    'order_id', o.id, 'number', o.number, 'status', o.status, 'total', o.total, 'currency', o.currency,
    'cart_id', o.cart_id, 'cancel_reason', o.cancel_reason)
  from orders o
  join order_events e on e.order_id = o.id and e.version = o.version
  where o.id = any (p_id);
end $$;
