-- invalidate: after a commit. Takes the value and the lease of whoever is reading the old one, and marks the key as just
-- written, so that the next fill reads the primary.
--
-- KEYS   for each entry: <key>, lease:<key>, written:<key>
-- ARGV   the change's own mark, ms that it lasts
for i = 1, #KEYS, 3 do
  redis.call('SET', KEYS[i + 2], ARGV[1], 'PX', ARGV[2])
  redis.call('UNLINK', KEYS[i], KEYS[i + 1])
end
return #KEYS / 3
