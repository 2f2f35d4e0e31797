-- invalidate: after a commit. Takes the value and the lease of whoever is reading the old one, and leaves a tombstone:
-- no older source may fill the next value.
--
-- KEYS   for each entry: <key>, lease:<key>, tombstone:<key>
-- ARGV   epoch:LSN of the change (of fixed width, so that string order is their order), what makes the tombstone its own,
--        ms that it lasts
--
-- It keeps the newest LSN and always gets a new id: a commit moves the LSN before it is visible, so another change may
-- have got this LSN while readers could not see this one yet. Nobody joins a load that began before either of them.
for i = 1, #KEYS, 3 do
  local known = redis.call('GET', KEYS[i + 2])
  local newest = known and string.sub(known, 1, #ARGV[1]) or ''
  if newest < ARGV[1] then newest = ARGV[1] end
  redis.call('SET', KEYS[i + 2], newest .. ':' .. ARGV[2], 'PX', ARGV[3])
  redis.call('UNLINK', KEYS[i], KEYS[i + 1])
end
return #KEYS / 3
