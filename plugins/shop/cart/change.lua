-- change: put units of one product into a cart. Makes the cart when there is none.
--
-- KEYS   cart:<session>      hash: id, version, and a field `line:<product>` = units
-- ARGV   'add' | 'set', product, units, units that can be sold, id for a new cart, ttl ms, most lines, most units a line
-- reply  ok                  changed (or nothing to change)
--        short n             the cart would have n units, more than can be sold; nothing changed
--        too_many_lines | too_many_units     nothing changed
local cart, field = KEYS[1], 'line:' .. ARGV[2]
local mode, units, available = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local ttl, most_lines, most_units = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local had = tonumber(redis.call('HGET', cart, field) or '0')
local wanted = mode == 'add' and had + units or units

if wanted > most_units then return { 'too_many_units' } end
if wanted > available then return { 'short', wanted } end
-- Two of a cart's fields, id and version, are no lines.
if had == 0 and wanted > 0 and redis.call('HLEN', cart) - 2 >= most_lines then return { 'too_many_lines' } end
if wanted == had then
  redis.call('PEXPIRE', cart, ttl)
  return { 'ok' }
end

redis.call('HSETNX', cart, 'id', ARGV[5])
if wanted > 0 then redis.call('HSET', cart, field, wanted) else redis.call('HDEL', cart, field) end
redis.call('HINCRBY', cart, 'version', 1)
redis.call('PEXPIRE', cart, ttl)
return { 'ok' }
