-- count: an order of this client was placed. The primary knows whether it is paid or cancelled by now.
--
-- KEYS   unpaid:{client}        a sorted set of order ids by when they were counted (Redis TIME, ms)
--        unpaid_pause:{client}  exists until the client's next order, once it has too many
-- ARGV   order id, ms that it counts, how many ids are kept at most (the newest), ms of the pause
-- reply  0
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
return 0
