-- primary first: lists by name have the order of a dictionary (ICU's root collation), whatever locale the database has.
drop index listings_name, listings_category_name;
create index listings_name on listings (name collate "und-x-icu", product_id) include (category_id, price, in_stock);
create index listings_category_name on listings (category_id, name collate "und-x-icu", product_id) include (price, in_stock);
