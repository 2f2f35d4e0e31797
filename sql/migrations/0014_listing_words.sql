-- Every word that a listing has, or once had. A search asks for the beginnings of words; this table tells it which words begin
-- so, and it looks up those words. To look up the beginning itself takes the index of words twice as long, and reads all its
-- entries also when another word of the search is in hardly any product. Only the trigger on `products` writes it.
create table listing_words (
  word text collate "C" primary key
);

-- A new or changed product. As in 0010, and the words.
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
    insert into listing_words select word from unnest(tsvector_to_array(words)) as word order by word on conflict do nothing;
  end if;
  update listings set
    category_id = new.category_id,
    price = new.price,
    created_at = new.created_at,
    name = lower(new.name),
    search = words
  where product_id = new.id;
  if not found then
    -- Whose stock is being moved has no listing yet that could be told of it: wait, and read it in the next statement.
    perform from inventory where product_id = new.id for share;
    insert into listings (product_id, category_id, price, created_at, name, in_stock, search)
    values (new.id, new.category_id, new.price, new.created_at, lower(new.name),
            exists (select from inventory where product_id = new.id and quantity > 0), words);
  end if;
  return null;
end $$;
