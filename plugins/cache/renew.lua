-- renew: begins a generation of listings, unless a newer one has begun.
--
-- KEYS   products:generation, products:generation:written
-- ARGV   LSN of the change (fixed width: string order is number order), ms that the mark of "just written" lasts
-- reply  the generation that holds now
local now = redis.call('GET', KEYS[1])
if not now or ARGV[1] > now then
  now = ARGV[1]
  redis.call('SET', KEYS[1], now)
end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
return now
