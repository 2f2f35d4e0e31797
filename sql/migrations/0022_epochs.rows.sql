update cluster set shop = gen_random_uuid();

-- The epoch is a UUIDv7: it began at the time in its first 48 bits. No order was lost in it that this table could tell of.
insert into epochs (epoch, began_at, reviewed_at)
select epoch, to_timestamp(('x' || lpad(substr(replace(epoch::text, '-', ''), 1, 12), 16, '0'))::bit(64)::bigint / 1000.0), now()
from cluster;
