-- list: the orders that were counted for a client, oldest first.
--
-- KEYS   unpaid:{client}
-- ARGV   most, ms that an order counts
-- reply  their ids, or nothing when there are fewer than `most`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then return {} end
return redis.call('ZRANGE', KEYS[1], 0, -1)
