-- What lists and searches read: one row for each active product, with the columns that they filter and sort by and no others.
-- Only triggers on `products` and `inventory` write it, in the transaction of the change.
--
-- Indexes on `products` and `inventory` cannot do this: an index on inventory.quantity, a partial one too, would end HOT
-- updates of the row that every sale writes; a flag in `products` would rewrite its wide row and lock it during a sale.
create table listings (
  product_id uuid primary key references products on delete cascade,
  category_id uuid not null,
  price bigint not null,
  created_at timestamptz not null,
  -- In lower case.
  name text not null,
  in_stock boolean not null,
  -- The words of name, SKU and description.
  search tsvector not null
);

-- A new or changed product.
create function list_product() returns trigger language plpgsql as $$
begin
  if new.status <> 'active' then
    delete from listings where product_id = new.id;
    return null;
  end if;
  update listings set
    category_id = new.category_id,
    price = new.price,
    created_at = new.created_at,
    name = lower(new.name),
    search = words_of(new)
  where product_id = new.id;
  if not found then
    -- Whose stock is being moved has no listing yet that could be told of it: wait, and read it in the next statement.
    perform from inventory where product_id = new.id for share;
    insert into listings (product_id, category_id, price, created_at, name, in_stock, search)
    values (new.id, new.category_id, new.price, new.created_at, lower(new.name),
            exists (select from inventory where product_id = new.id and quantity > 0), words_of(new));
  end if;
  return null;
end $$;

-- The words that a product is found by, without positions and weights, which no search uses. Signs are taken for spaces, as in
-- the text of a search: PostgreSQL reads the end of "MUG-42" as a number below zero, and "4.5" as one word.
create function words_of(p products) returns tsvector language sql immutable as $$
  select strip(to_tsvector('simple',
    translate(p.name || ' ' || p.sku || ' ' || p.description, '-+/._:@&<>=', '           ')))
$$;

-- Stock that crossed zero.
create function list_stock() returns trigger language plpgsql as $$
begin
  update listings set in_stock = new.quantity > 0
  where product_id = new.product_id and in_stock <> (new.quantity > 0);
  return null;
end $$;

create trigger products_listed after insert on products for each row execute function list_product();

create trigger products_listed_anew
after update of sku, name, description, category_id, price, status, created_at on products for each row
when ((old.sku, old.name, old.description, old.category_id, old.price, old.status, old.created_at)
  is distinct from (new.sku, new.name, new.description, new.category_id, new.price, new.status, new.created_at))
execute function list_product();

create trigger inventory_listed after insert on inventory for each row
when (new.quantity > 0) execute function list_stock();

-- At commit, as the last lock of a sale. A change of a product locks the product first and then its listing; a sale that held
-- the listing and then needed the product would deadlock with it.
create constraint trigger inventory_listed_anew after update of quantity on inventory
deferrable initially deferred for each row
when ((old.quantity > 0) <> (new.quantity > 0)) execute function list_stock();
