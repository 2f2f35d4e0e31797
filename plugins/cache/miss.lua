-- miss: called when a GET found nothing. Says who may fill, and whence.
--
-- KEYS   lease:<key>, written:<key>, cache:born
-- ARGV   lease id, lease ms, ms that replicas may be behind
-- reply  { 1 the lease is yours | 0 someone else fills, read but do not fill,
--          the mark of the change that was just written: a replica may not have it yet | '' none }
--
-- `born` is when this memory began: a Redis that was emptied has forgotten the marks too.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[3], string.format('%.0f', now), 'NX')
local born = redis.call('GET', KEYS[3])

local leased = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
local mark = redis.call('GET', KEYS[2])
if not mark then mark = now - tonumber(born) < tonumber(ARGV[3]) and born or '' end
return { leased, mark }
