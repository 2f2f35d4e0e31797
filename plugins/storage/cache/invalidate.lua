-- invalidate: after a commit. Deletes the value and the lease of a reader that may be loading the old one, and leaves a
-- tombstone: the next value must be read from a database that has the change.
--
-- KEYS   for each entry: <key>, lease:<key>, tombstone:<key>
-- ARGV   epoch:LSN of the change (of fixed width, so that string order is their order), an id for the tombstone,
--        ms that it lasts
--
-- The tombstone keeps the newest LSN and always gets a new id. A commit moves the LSN before it is visible, so another
-- change may have got this LSN while readers could not see this change yet. With a new id, no reader joins a load that
-- began before either change.
for i = 1, #KEYS, 3 do
  local known = redis.call('GET', KEYS[i + 2])
  local newest = known and string.sub(known, 1, #ARGV[1]) or ''
  if newest < ARGV[1] then newest = ARGV[1] end
  redis.call('SET', KEYS[i + 2], newest .. ':' .. ARGV[2], 'PX', ARGV[3])
  redis.call('UNLINK', KEYS[i], KEYS[i + 1])
end
return #KEYS / 3
