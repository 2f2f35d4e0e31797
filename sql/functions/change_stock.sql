-- The shop changes its stock: sets it to a count, or adds to it.
-- p_kind set: p_units is the new quantity that can be sold, and what is reserved stays; adjust: p_units is added.
-- p_cause names the movement: an adjustment that is repeated with its cause is made once.
-- p_version: changes the stock only if it has this version; null: any version.
--
-- outcome   changed | unchanged (it was that quantity already) | replayed (this cause made this movement before)
--           reused (this cause made another movement) | not_found | version_mismatch | insufficient_stock
-- The row is the stock after the change; `before` is the quantity before it.
create or replace function change_stock(
  p_product uuid, p_kind movement_kind, p_units bigint, p_reason text, p_cause uuid, p_version bigint)
returns table (outcome text, product_id uuid, quantity bigint, reserved_quantity bigint, version bigint,
               updated_at timestamptz, before bigint)
language plpgsql
as $$
#variable_conflict use_column
declare
  stock inventory;
  earlier inventory_movements;
  delta bigint;
  result text;
begin
  select * into stock from inventory where product_id = p_product for no key update;
  if stock.product_id is null then
    return query select 'not_found', p_product, 0::bigint, 0::bigint, 0::bigint, now(), 0::bigint;
    return;
  end if;

  select * into earlier from inventory_movements
  where cause_id = p_cause and product_id = p_product and kind = p_kind;
  delta := case when p_kind = 'set' then p_units - stock.quantity else p_units end;

  if earlier.cause_id is not null then
    result := case when earlier.quantity = p_units and earlier.reason = p_reason then 'replayed' else 'reused' end;
  elsif stock.version <> p_version then
    result := 'version_mismatch';
  elsif stock.quantity + delta < 0 then
    result := 'insufficient_stock';
  elsif delta = 0 then
    result := 'unchanged';
  else
    result := 'changed';
    update inventory set quantity = quantity + delta, version = version + 1, updated_at = now()
    where product_id = p_product;
    insert into inventory_movements (cause_id, product_id, kind, quantity, reason)
    values (p_cause, p_product, p_kind, delta, p_reason);
    perform emit_stock_events(array[p_product], array[delta]);
  end if;

  return query
  select result, i.product_id, i.quantity, i.reserved_quantity, i.version, i.updated_at, stock.quantity
  from inventory i
  where i.product_id = p_product;
end $$;
