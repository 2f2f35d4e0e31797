-- look: what the gate knows of a product, unchanged, for the invariants.
--
-- KEYS   inventory:{product}, inventory_lock:{product}
-- reply  nothing when it knows nothing, else { epoch, quantity, version, at (Redis TIME, ms), pending, units of all holds }
--        The last is '' when the product has no holds: the next reserve then sets `pending` to 0.
local known = redis.call('HMGET', KEYS[1], 'epoch', 'quantity', 'version', 'at', 'pending')
if not known[1] then return {} end
local units = ''
if redis.call('EXISTS', KEYS[2]) == 1 then
  units = 0
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    units = units + tonumber(string.match(member, '^%d+'))
  end
end
known[6] = tostring(units)
return known
