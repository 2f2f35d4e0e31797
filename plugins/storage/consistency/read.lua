-- read: the position that a session has seen. When there is none, the caller asks afterwards what Redis has lost (losses.lua).
--
-- KEYS   ryw:hash:<session>, ryw:memory, ryw:young
-- reply  { the epoch:LSN | '' none, 1 this Redis keeps positions | 0, 1 it has not done so for long | 0 }
return { redis.call('GET', KEYS[1]) or '', redis.call('EXISTS', KEYS[2]), redis.call('EXISTS', KEYS[3]) }
