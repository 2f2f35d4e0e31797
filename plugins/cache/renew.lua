-- renew: begins a generation of listings, unless one of a later change has begun.
--
-- KEYS   products:generation, products:generation:written
-- ARGV   LSN of the change (16 digits: string order is number order), what makes the name its own, ms that the mark of
--        "just written" lasts
-- reply  the generation that holds now: LSN:id
--
-- An equal LSN begins one too: a commit moves the LSN before it is visible, so another change may have got this LSN
-- while readers could not see this one yet.
local now = redis.call('GET', KEYS[1])
if not now or ARGV[1] >= string.sub(now, 1, 16) then
  now = ARGV[1] .. ':' .. ARGV[2]
  redis.call('SET', KEYS[1], now)
end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return now
