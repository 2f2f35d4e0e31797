-- raise: the position that a session has seen or written, kept for some seconds. Never lowered: several nodes may answer
-- one session at once, in any order.
--
-- KEYS   ryw:<session>
-- ARGV   epoch:LSN (of fixed width, so that string order is their order; a later epoch is a larger UUIDv7), ms
-- reply  the epoch:LSN that holds now
local now = redis.call('GET', KEYS[1])
if not now or ARGV[1] > now then now = ARGV[1] end
redis.call('SET', KEYS[1], now, 'PX', ARGV[2])
return now
