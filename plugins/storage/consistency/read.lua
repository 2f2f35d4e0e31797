-- read: the position that a session has seen; when there is none, also what says whether this Redis has forgotten it.
--
-- KEYS   ryw:hash:<session>, ryw:memory, ryw:young
-- reply  { the epoch:LSN | '' none, 1 this Redis keeps positions | 0, 1 it has not done so for long | 0,
--          how many keys Redis has dropped, and how many writes it has refused, for want of memory | '' not asked }
local seen = redis.call('GET', KEYS[1]) or ''
local losses = ''
if seen == '' then
  local dropped = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)') or '0'
  local refused = string.match(redis.call('INFO', 'errorstats'), 'errorstat_OOM:count=(%d+)') or '0'
  losses = dropped .. ':' .. refused
end
return { seen, redis.call('EXISTS', KEYS[2]), redis.call('EXISTS', KEYS[3]), losses }
