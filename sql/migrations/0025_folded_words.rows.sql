-- in batches: the listings get the folded words of their products, 500 in each transaction. The shop stays open: a change of
-- one of these products waits for its batch. Until the last batch a search may miss words with accents. Some minutes with a
-- million products.
do $$
declare
  batch uuid[] := array['00000000-0000-0000-0000-000000000000'];
begin
  loop
    batch := array(
      select product_id from listings where product_id > batch[cardinality(batch)] order by product_id limit 500);
    exit when cardinality(batch) = 0;
    -- A change that is under way would be overwritten by the product as it was.
    perform from products where id = any (batch) order by id for share;
    with folded as materialized (
      select id, words_of(products) as search, name_in_order(name) as name from products where id = any (batch)
    ), known as (
      insert into listing_words
      select distinct word collate "C" as word
      from folded, unnest(tsvector_to_array(search)) as word
      where word !~ '^[=^]'
      order by 1
      on conflict do nothing
    )
    update listings set search = folded.search, name = folded.name
    from folded
    where product_id = folded.id and (listings.search, listings.name) is distinct from (folded.search, folded.name);
    commit;
  end loop;
end $$;
