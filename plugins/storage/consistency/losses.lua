-- losses: what this Redis has lost since its start.
--
-- reply  how many keys it has dropped, and how many writes it has refused, for want of memory, as `dropped:refused`
local dropped = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)') or '0'
local refused = string.match(redis.call('INFO', 'errorstats'), 'errorstat_OOM:count=(%d+)') or '0'
return dropped .. ':' .. refused
