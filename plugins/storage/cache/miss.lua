-- miss: called when a GET found nothing of use. Says who may fill, and how old the source may be.
--
-- KEYS   lease:<key>, tombstone:<key>, cache:born
-- ARGV   lease id, lease ms, this run of Redis, ms that replicas may be behind
-- reply  { 1 the lease is yours | 0 someone else fills,
--          the tombstone, epoch:LSN:id of the newest change: the source must have it | '' none;
--            'young:' before it: read the primary }
--
-- `born` is when this memory began, run:ms. One that was emptied, or comes from another run, has forgotten tombstones.
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
return { leased, tombstone }
