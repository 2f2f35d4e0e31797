-- miss: called when a GET found no value of this incarnation. Says whether the caller may fill, and how old its source may be.
--
-- KEYS   lease:<key>, tombstone:<key>, cache:born
-- ARGV   lease id, lease ms, this run of Redis, ms that replicas may be behind
-- reply  { 1 the caller has the lease | 0 another reader has it,
--          the tombstone, epoch:LSN:id of the newest change: the source must have it | '' none;
--            prefixed with 'young:' when tombstones may have been lost: read the primary,
--          how many keys Redis has dropped for want of memory }
--
-- cache:born is run:ms, the time at which Redis was last found empty or restarted. A Redis that was emptied, or that loaded
-- the data of another run, lacks tombstones.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local born = redis.call('GET', KEYS[3])
if not born or string.sub(born, 1, #ARGV[3] + 1) ~= ARGV[3] .. ':' then
  born = ARGV[3] .. ':' .. string.format('%.0f', now)
  redis.call('SET', KEYS[3], born)
end

local leased = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
local age = now - tonumber(string.sub(born, #ARGV[3] + 2))
local tombstone = redis.call('GET', KEYS[2]) or ''
if age < tonumber(ARGV[4]) then tombstone = 'young:' .. tombstone end
local dropped = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)') or '0'
return { leased, tombstone, dropped }
