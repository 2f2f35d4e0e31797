-- The words of all listings, but for the marked ones, which searches do not look up by their beginning.
insert into listing_words
select word from ts_stat('select search from listings') where word !~ '^[=^]'
on conflict do nothing
