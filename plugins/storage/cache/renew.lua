-- renew: begins a generation of listings, unless one of a later change has begun.
--
-- KEYS   products:generation
-- ARGV   run:epoch, LSN of the change (of fixed width, so that string order is their order), what makes the name its own
-- reply  the generation that holds now: run:epoch:LSN:id
--
-- An equal LSN begins one too: a commit moves the LSN before it is visible, so another change may have got this LSN
-- while readers could not see this one yet. One of another run or epoch counts nothing: its LSNs are of another time.
local now = redis.call('GET', KEYS[1])
local change = ARGV[1] .. ':' .. ARGV[2]
local is_of_now = now and string.sub(now, 1, #ARGV[1] + 1) == ARGV[1] .. ':'
if not is_of_now or change >= string.sub(now, 1, #change) then
  now = change .. ':' .. ARGV[3]
  redis.call('SET', KEYS[1], now)
end
return now
