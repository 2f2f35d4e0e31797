-- miss: called when a GET found nothing. Says who may fill, and whence.
--
-- KEYS   <key>:lease, <key>:written
-- ARGV   lease id, lease ms
-- reply  { 1 the lease is yours | 0 someone else fills, read but do not fill,
--          1 it was written just now: a replica may not have it yet | 0 }
local leased = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
return { leased, redis.call('EXISTS', KEYS[2]) }
