-- list: the pending orders of an address that has at least `most` of them.
--
-- KEYS   doubts:{address}
-- ARGV   most
-- reply  their ids, or nothing when there are fewer
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then return {} end
return redis.call('ZRANGE', KEYS[1], 0, -1)
