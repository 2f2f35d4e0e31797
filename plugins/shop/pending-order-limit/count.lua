-- count: an order of this address has an unknown outcome. It counts until its reservation expires; from then on a buyer who
-- lacks the stock may have the reservation ended.
--
-- KEYS   doubts:{address}, a sorted set of order ids by when they no longer count (Redis TIME, ms)
-- ARGV   order id, ms until it no longer counts, how many ids are kept at most (the newest)
-- reply  0
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
