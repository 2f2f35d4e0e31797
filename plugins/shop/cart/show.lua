-- show: what the scripts of a cart answer of it. This text stands before theirs.
--
-- A cart as it is now: { ttl ms, { field, value ... }, { a quantity for each inventory key } }, or nothing when there is none.
-- A quantity is what PostgreSQL said last; nil: the stock gate knows no number of this epoch.
local function quantity_of(inventory, epoch)
  local known = redis.call('HMGET', inventory, 'epoch', 'quantity')
  return known[1] == epoch and known[2]
end

local function show(cart, first_inventory, epoch)
  local fields = redis.call('HGETALL', cart)
  if #fields == 0 then return end
  local quantities = {}
  for i = first_inventory, #KEYS do quantities[#quantities + 1] = quantity_of(KEYS[i], epoch) end
  return redis.call('PTTL', cart), fields, quantities
end
