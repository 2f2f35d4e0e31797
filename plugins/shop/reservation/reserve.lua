-- reserve: take a gate hold on every line, or on none. It may refuse, and it promises nothing: PostgreSQL sells.
--
-- KEYS   for line i: inventory:{product}, inventory_lock:{product}   (one hash slot; standalone: the whole cart in one call)
-- ARGV   epoch, hold id, hold ms, fresh ms, then for line i: units (> 0; lines of one product summed by the caller)
-- reply  ok              every line is held; a repeat with the same hold id changes nothing
--        miss i...       no number of this epoch is known of these lines: load them with settle, call again
--        verify i...     the number is too small, but old: ask PostgreSQL once, settle, call again
--        refused i q...  PostgreSQL's own number, younger than `fresh ms`, is too small: final. Every such line is listed
--        contended i...  PostgreSQL has enough, but other checkouts hold it: not final, wait some ms and call again
local epoch, hold, hold_ms, fresh_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local miss, refused, verify, contended = { 'miss' }, { 'refused' }, { 'verify' }, { 'contended' }

for i = 1, #KEYS / 2 do
  local inventory, lock, units = KEYS[2 * i - 1], KEYS[2 * i], tonumber(ARGV[4 + i])

  -- Drop the holds that have ended. When all have ended their key has expired, and `pending` is 0.
  if redis.call('EXISTS', lock) == 0 and redis.call('EXISTS', inventory) == 1 then
    redis.call('HSET', inventory, 'pending', 0)
  end
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', lock, '-inf', now, 'LIMIT', 0, 200)) do
    redis.call('ZREM', lock, member)
    if redis.call('EXISTS', inventory) == 1 then
      redis.call('HINCRBY', inventory, 'pending', -tonumber(string.match(member, '^%d+')))
    end
  end

  local known = redis.call('HMGET', inventory, 'epoch', 'quantity', 'pending', 'at')
  if not known[1] or known[1] < epoch then
    miss[#miss + 1] = i
  else
    local quantity, pending, age = tonumber(known[2]), tonumber(known[3]), now - tonumber(known[4])
    if redis.call('ZSCORE', lock, ARGV[4 + i] .. ':' .. hold) then pending = pending - units end
    if quantity < units then
      if age >= 0 and age <= fresh_ms then
        refused[#refused + 1] = i
        refused[#refused + 1] = quantity
      else
        verify[#verify + 1] = i
      end
    elseif quantity - pending < units then
      contended[#contended + 1] = i
    end
  end
end

-- A refusal lists every short line, so all of them have to be known first.
if #miss > 1 then return miss end
if #verify > 1 then return verify end
if #refused > 1 then return refused end
if #contended > 1 then return contended end

for i = 1, #KEYS / 2 do
  local inventory, lock, units = KEYS[2 * i - 1], KEYS[2 * i], ARGV[4 + i]
  if redis.call('ZADD', lock, now + hold_ms, units .. ':' .. hold) == 1 then
    redis.call('HINCRBY', inventory, 'pending', units)
  end
  redis.call('PEXPIRE', lock, hold_ms + 60000)
end
return { 'ok' }
