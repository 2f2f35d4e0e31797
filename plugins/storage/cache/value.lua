-- value: reads a cached value, and does not send what the node has a copy of.
--
-- KEYS   <key>
-- ARGV   the beginning that the value of a right incarnation has, the tag of the node's copy | '' none
-- reply  1 the value has this beginning and this tag | the value | nil there is none
local same = ARGV[1] .. ARGV[2] .. ':'
if ARGV[2] ~= '' and redis.call('GETRANGE', KEYS[1], 0, #same - 1) == same then return 1 end
return redis.call('GET', KEYS[1])
