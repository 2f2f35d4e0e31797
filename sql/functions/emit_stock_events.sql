-- Writes to the outbox how many units of these products can be sold now. p_moved: by how much that has just changed; a
-- product that moved by 0 gets no event. Called in the transaction of the change, with the stock rows locked.
create or replace function emit_stock_events(p_product uuid[], p_moved bigint[]) returns void
language plpgsql
as $$
begin
  insert into outbox (aggregatetype, aggregateid, version, type, payload)
  select 'inventory', i.product_id, i.version, 'inventory.changed', jsonb_build_object(
    'product_id', i.product_id, 'quantity', i.quantity, 'quantity_before', i.quantity - t.moved,
    'version', i.version)
  from unnest(p_product, p_moved) as t (id, moved)
  join inventory i on i.product_id = t.id
  where t.moved <> 0;
end $$;
