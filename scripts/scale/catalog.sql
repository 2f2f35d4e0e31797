-- A catalog of current_setting('scale.products') products in 1,110 categories on three levels, the same every time, with
-- the skew of a real one: few words and categories are everywhere and most are rare, few things are dear, and what is old
-- is sold out more often. The categories are shelf-1 to shelf-10, shelf-1-1 and so on; shelf-1-1-1 has the most products.

-- A number in [0, 1) that is the row's and the seed's own.
create function pg_temp.draw(n bigint, seed bigint) returns float8 language sql immutable
as $$ select (hashint8extended(n, seed) & 2147483647) / 2147483648.0 $$;

-- A rank from 1 to `most`: that of the n-th has a chance of 1 to n.
create function pg_temp.rank(most int, draw float8) returns int language sql immutable
as $$ select least(floor(power(most + 1, draw)), most)::int $$;

-- A UUIDv7 of that time.
create function pg_temp.id(n bigint, made_at timestamptz) returns uuid language sql immutable
as $$
  select (lpad(to_hex(floor(extract(epoch from made_at) * 1000)::bigint), 12, '0') || '7'
    || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid
$$;

insert into categories (id, slug, name, parent_id)
select md5(slug)::uuid, slug, slug, case when b > 0 then md5(regexp_replace(slug, '-\d+$', ''))::uuid end
from generate_series(1, 10) as a, generate_series(0, 10) as b, generate_series(0, 10) as c,
     concat_ws('-', 'shelf', a, nullif(b, 0), nullif(c, 0)) as slug
where b > 0 or c = 0
order by b > 0, c > 0;

with drawn as materialized (
  select n, pg_temp.rank(1000, pg_temp.draw(n, 1)) - 1 as leaf,
         timestamptz '2023-01-01' + n * interval '3 years' / current_setting('scale.products')::int as made_at,
         -- About normal, so that its power is about log-normal.
         pg_temp.draw(n, 2) + pg_temp.draw(n, 3) + pg_temp.draw(n, 4) - 1.5 as dear,
         pg_temp.draw(n, 5) as luck,
         n::float8 / current_setting('scale.products')::int as youth,
         (select array_agg(pg_temp.word(rank))
          from (select pg_temp.rank(5000, pg_temp.draw(n, 10 + at)) from generate_series(1, 15) as at offset 0)
            as t (rank)) as text
  from generate_series(1, current_setting('scale.products')::bigint) as n
), made as (
  insert into products (id, sku, slug, name, description, category_id, price, currency, created_at, updated_at)
  select pg_temp.id(n, made_at), 'SKU-' || n, 'thing-' || n, initcap(array_to_string(text[1:3], ' ')) || ' ' || n,
         array_to_string(text[4:], ' '),
         md5(concat_ws('-', 'shelf', 1 + leaf / 100, 1 + leaf / 10 % 10, 1 + leaf % 10))::uuid,
         floor(2000 * exp(2.4 * dear + leaf % 7 / 5.0)), 'USD', made_at, made_at
  from drawn
)
insert into inventory (product_id, quantity)
select pg_temp.id(n, made_at), case when luck < 0.02 + 0.2 * (1 - youth) ^ 2 then 0 else 1 + floor(luck * 200) end
from drawn;
