-- clear: take the lines of an order out of the cart that they came from. Lines that were added meanwhile stay.
-- Any caller may call it at any time, and it takes effect at most once: the cart's id names the purchase and changes here,
-- so a second call, a late call and a call after a restored snapshot do no harm.
--
-- KEYS   cart:hash:<session> hash: id, version, and a field `line:<product>` = units
-- ARGV   the order's cart id, id for what is left, ttl ms, then for each line: product, units
-- reply  1 cleared, 0 the session's cart has another id
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
