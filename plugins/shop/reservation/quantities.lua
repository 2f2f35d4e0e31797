-- quantities: units that can be sold of several products, by PostgreSQL's last numbers, unchanged.
--
-- KEYS   inventory:{product}, one a product
-- ARGV   epoch
-- reply  a quantity each; nil: no number of this epoch is known
local answer = {}
for at, key in ipairs(KEYS) do
  local known = redis.call('HMGET', key, 'epoch', 'quantity')
  answer[at] = known[1] == ARGV[1] and known[2]
end
return answer
