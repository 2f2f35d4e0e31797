-- primary first: lists and searches read `listings` and no longer need these.
drop index products_newest, products_price, products_name;
alter table products drop column search;
