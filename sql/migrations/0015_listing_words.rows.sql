-- Changes of the catalog wait meanwhile, or are told to try again: a quarter of a minute with a million products.
lock table products in share row exclusive mode;

insert into listing_words
select word from ts_stat('select search from listings')
on conflict do nothing;
