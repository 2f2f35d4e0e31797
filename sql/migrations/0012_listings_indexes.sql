-- Each sort with and without a category. They include the columns of the filters, so that a deep page reads only the index.
-- The cost: a change of a product's price, name, text, category or status writes eight indexes, and so does the sale of
-- the last unit and the return of the first (a quarter of a millisecond, when it commits). Every other sale writes none.
create index listings_newest on listings (created_at desc, product_id desc) include (category_id, price, in_stock);
create index listings_price on listings (price, product_id) include (category_id, in_stock, created_at);
create index listings_name on listings (name, product_id) include (category_id, price, in_stock);
create index listings_category_newest on listings (category_id, created_at desc, product_id desc) include (price, in_stock);
create index listings_category_price on listings (category_id, price, product_id) include (in_stock, created_at);
create index listings_category_name on listings (category_id, name, product_id) include (price, in_stock);
-- The listings that are sold out are few, and far apart in the other indexes.
create index listings_sold_out on listings (created_at desc, product_id desc) include (category_id, price, name)
  where not in_stock;
-- Without a pending list, which about one sale in a hundred would have to empty.
create index listings_search on listings using gin (search) with (fastupdate = off);
