-- primary first: `listings` serves what these were for.
drop index products_newest, products_price, products_name;
alter table products drop column search;
