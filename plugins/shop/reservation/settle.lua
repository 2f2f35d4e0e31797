-- settle: drop a gate hold and install PostgreSQL's numbers, in one step. Late, duplicate and out-of-order calls do no
-- harm: the newest (epoch, version) wins. An epoch is a UUIDv7, which sorts by time.
--
-- KEYS   for line i: inventory:{product}, inventory_lock:{product}
-- ARGV   epoch, hold id or '', ttl ms, then for line i: units held (0: none), quantity and version ('': not known), and
--        the age of that reading in ms
-- reply  the number of lines that were sold out by the old number and are not by the new one, or the reverse
--
-- The holds are the truth. `pending` is their sum, kept beside the number, and is counted again whenever the hash is
-- created (it was expired, evicted or flushed, or the epoch is new).
local epoch, hold, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local crossed = 0

for i = 1, #KEYS / 2 do
  local inventory, lock = KEYS[2 * i - 1], KEYS[2 * i]
  local units, quantity, version, age = ARGV[4 * i], ARGV[4 * i + 1], ARGV[4 * i + 2], tonumber(ARGV[4 * i + 3])

  if hold ~= '' and redis.call('ZREM', lock, units .. ':' .. hold) == 1 and redis.call('EXISTS', inventory) == 1 then
    redis.call('HINCRBY', inventory, 'pending', -tonumber(units))
  end

  if version ~= '' then
    local known = redis.call('HMGET', inventory, 'epoch', 'version', 'at', 'quantity')
    if not known[1] or known[1] < epoch then
      local pending = 0
      redis.call('ZREMRANGEBYSCORE', lock, '-inf', now)
      for _, member in ipairs(redis.call('ZRANGE', lock, 0, -1)) do
        pending = pending + tonumber(string.match(member, '^%d+'))
      end
      redis.call('HSET', inventory,
        'epoch', epoch, 'quantity', quantity, 'version', version, 'pending', pending, 'at', now - age)
      redis.call('PEXPIRE', inventory, ttl)
    elseif known[1] == epoch and tonumber(version) >= tonumber(known[2]) then
      local same = version == known[2]
      if (tonumber(known[4]) > 0) ~= (tonumber(quantity) > 0) then crossed = crossed + 1 end
      redis.call('HSET', inventory, 'quantity', quantity, 'version', version,
        'at', math.max(now - age, same and tonumber(known[3]) or 0))
      redis.call('PEXPIRE', inventory, ttl)
    end
  end
end
return crossed
