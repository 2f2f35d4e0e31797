-- clear: take what an order bought out of the cart it came from; what was added meanwhile stays. At most once, by anyone,
-- at any time: the cart's id is the purchase and changes when the purchase is done, so a second call, a late call and
-- a call after a restored snapshot do nothing wrong.
--
-- KEYS   cart:<session>      hash: id, version, and a field `line:<product>` = units
-- ARGV   the order's cart id, id for what is left, ttl ms, then for each line: product, units
-- reply  1 cleared, 0 not this cart any more
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end

for i = 4, #ARGV, 2 do
  local field = 'line:' .. ARGV[i]
  local left = tonumber(redis.call('HGET', KEYS[1], field) or '0') - tonumber(ARGV[i + 1])
  if left > 0 then redis.call('HSET', KEYS[1], field, left) else redis.call('HDEL', KEYS[1], field) end
end
redis.call('HSET', KEYS[1], 'id', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
