-- renew: begins a generation of listings, unless one of a later change has begun.
--
-- KEYS   products:generation, written:products:generation
-- ARGV   epoch:LSN of the change (of fixed width, so that string order is their order), what makes the name its own,
--        ms that the mark of "just written" lasts
-- reply  the generation that holds now: epoch:LSN:id
--
-- An equal LSN begins one too: a commit moves the LSN before it is visible, so another change may have got this LSN
-- while readers could not see this one yet.
local now = redis.call('GET', KEYS[1])
if not now or ARGV[1] >= string.sub(now, 1, #ARGV[1]) then
  now = ARGV[1] .. ':' .. ARGV[2]
  redis.call('SET', KEYS[1], now)
end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return now
