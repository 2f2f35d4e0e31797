-- renew: begins a generation of listings, unless the generation of a later change has begun.
--
-- KEYS   products:generation
-- ARGV   run:epoch, LSN of the change (of fixed width, so that string order is their order), an id for the name
-- reply  the generation that holds now: run:epoch:LSN:id
--
-- An equal LSN begins a generation too: a commit moves the LSN before it is visible, so another change may have got this
-- LSN while readers could not see this change yet. A generation of another run or epoch is always replaced: its LSN cannot
-- be compared.
local now = redis.call('GET', KEYS[1])
local change = ARGV[1] .. ':' .. ARGV[2]
local is_of_now = now and string.sub(now, 1, #ARGV[1] + 1) == ARGV[1] .. ':'
if not is_of_now or change >= string.sub(now, 1, #change) then
  now = change .. ':' .. ARGV[3]
  redis.call('SET', KEYS[1], now)
end
return now
