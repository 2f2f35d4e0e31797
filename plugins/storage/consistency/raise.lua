-- raise: the position that a session has seen or written, kept for some seconds. Never lowered: several nodes may answer
-- one session at once, in any order.
--
-- KEYS   ryw:hash:<session>
-- ARGV   epoch:LSN (of fixed width, so that string order is their order; a later epoch is a larger UUIDv7), ms
-- reply  the epoch:LSN that holds now, or the error of Redis without memory
--
-- A position that Redis refuses leaves none behind: an older one would say that the session has seen no more. That there is
-- none makes every node look whether Redis has refused something (losses.lua).
local now = redis.call('GET', KEYS[1])
if not now or ARGV[1] > now then now = ARGV[1] end
local stored = redis.pcall('SET', KEYS[1], now, 'PX', ARGV[2])
if stored.err then
  redis.call('DEL', KEYS[1])
  return stored
end
return now
