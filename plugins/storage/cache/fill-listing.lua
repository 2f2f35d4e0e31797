-- fill-listing: as fill, and makes room first, so that all listings together take no more than a number of bytes: those that
-- end soonest leave. Clients choose the queries, so without a bound a few of them could fill the memory.
--
-- KEYS   <key>, lease:<key>, products:kept (a sorted set of size:<key> by the ms at which the listing ends),
--        products:kept-bytes (the sum of the sizes)
-- ARGV   lease id, value, ttl ms, the most bytes
-- reply  1 stored, 0 refused
--
-- A size is what Redis says that the key takes, and what its entry in the set takes. A listing that Redis has dropped by
-- itself counts until its end.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local size = redis.call('MEMORY', 'USAGE', KEYS[1]) + 2 * #KEYS[1] + 200
local total = redis.call('EXISTS', KEYS[3]) == 1 and tonumber(redis.call('GET', KEYS[4]) or 0) or 0

local function forget(member)
  local colon = string.find(member, ':', 1, true)
  total = total - tonumber(string.sub(member, 1, colon - 1))
  return string.sub(member, colon + 1)
end
for _, ended in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 1000)) do
  forget(ended)
  redis.call('ZREM', KEYS[3], ended)
end
while total + size > tonumber(ARGV[4]) do
  local first = redis.call('ZPOPMIN', KEYS[3])[1]
  if not first then break end
  redis.call('UNLINK', forget(first))
end

redis.call('ZADD', KEYS[3], now + tonumber(ARGV[3]), string.format('%.0f', size) .. ':' .. KEYS[1])
redis.call('SET', KEYS[4], string.format('%.0f', total + size))
return 1
