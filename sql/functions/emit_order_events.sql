-- Writes the newest event of each of these orders to the outbox, as `order.<type>`. The function that wrote the event calls
-- it in the same transaction, with the order's row locked. The session and the buyer are not part of the payload.
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
