-- fill: stores what was read after a miss, if the lease still holds: a change, a flush, a restart or time may have ended it.
--
-- KEYS   <key>, lease:<key>
-- ARGV   lease id, value, ttl ms
-- reply  1 stored, 0 refused
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
