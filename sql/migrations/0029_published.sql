-- When a product was in the catalog for the first time: lists show the newest by it. null: it never was; -infinity: before this
-- was recorded, and then its creation counts.
alter table products add column published_at timestamptz default '-infinity';
alter table products alter column published_at drop default;

-- A product that is withdrawn and comes back is not new again.
create function publish_product() returns trigger language plpgsql as $$
begin
  new.published_at := case tg_op when 'INSERT' then new.created_at else now() end;
  return new;
end $$;

create trigger products_published before insert on products for each row
when (new.status = 'active' and new.published_at is null) execute function publish_product();

create trigger products_published_later before update of status on products for each row
when (new.status = 'active' and new.published_at is null) execute function publish_product();

-- When a product begins to be new.
create function new_since(p products) returns timestamptz
language sql immutable
as $$ select greatest(p.created_at, p.published_at) $$;

-- A new or changed product. As in 0024, and a draft that is published later is new then.
create or replace function list_product() returns trigger language plpgsql as $$
declare
  words constant tsvector := words_of(new);
begin
  if new.status <> 'active' then
    delete from listings where product_id = new.id;
    return null;
  end if;
  if not exists (select from listings where product_id = new.id and search = words) then
    -- In their order, so that two products never wait crosswise for each other's new words.
    insert into listing_words
    select word from unnest(tsvector_to_array(words)) as word where word !~ '^[=^]' order by word collate "C"
    on conflict do nothing;
  end if;
  update listings set
    category_id = new.category_id,
    price = new.price,
    created_at = new_since(new),
    name = name_in_order(new.name),
    search = words
  where product_id = new.id;
  if not found then
    -- Whose stock is being moved has no listing yet that could be told of it: wait, and read it in the next statement.
    perform from inventory where product_id = new.id for share;
    insert into listings (product_id, category_id, price, created_at, name, in_stock, search)
    values (new.id, new.category_id, new.price, new_since(new), name_in_order(new.name),
            exists (select from inventory where product_id = new.id and quantity > 0), words);
  end if;
  return null;
end $$;
