-- Rows go to the primary only and reach the replicas by replication.

insert into order_transitions (from_status, to_status) values
  ('pending', 'confirmed'),
  ('pending', 'cancelled'),
  ('confirmed', 'completed'),
  ('confirmed', 'cancelled');

-- A UUIDv7: 48 bits of milliseconds, the version, then the random bits of a UUIDv4.
insert into cluster (epoch)
select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(random, 14))::uuid
from (select replace(gen_random_uuid()::text, '-', '') as random) as r;
