-- change: put units of products into a cart, all of them or none. Makes the cart when there is none, and answers it as it is
-- afterwards. show.lua stands before this text.
--
-- KEYS   cart:hash:<session> hash: id, version, and a field `line:<product>` = units
--        cart_key:{<cart>}:<key>, in the same slot: the hash of the change that was made with an Idempotency-Key; may be absent
--        inventory:{<product>}: one for each line, then those of products that the cart may have besides
-- ARGV   'add' | 'set', id for a new cart, ttl ms, most lines, most units a line,
--        hash of the change, ttl ms of the key ('' and 0 without a key),
--        how many lines need no check of their sum, `id:version` of the cart whose sum with this change was checked, or '',
--        epoch, then for each line: product, units, units that can be sold ('': the stock gate's number; 'none': the product
--        is not for sale). A product stands in one line
-- reply  ok ttl fields quantities   changed, or nothing to change; without a cart: ok
--        repeated ttl fields ...    the key was used before for this change
--        reused              the key was used before for another change
--        unsold i...         the product of line i is not for sale
--        unknown i...        the gate knows no number of line i: the caller has to bring it, and call again
--        too_many_units i... the line i would have too many units
--        short i n a...      the line i of the cart would have n units, more than the a that can be sold
--        too_many_lines
--        unchecked           the caller has to check the sum of the cart as it is now, and call again
--        Only ok changes something.
local mode, ttl, most_lines, most_units = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local epoch, first_line = ARGV[10], 11
local cart, key = KEYS[1], ARGV[6] ~= '' and KEYS[2]
local first_inventory = key and 3 or 2

if key then
  local seen = redis.call('GET', key)
  if seen and seen ~= ARGV[6] then return { 'reused' } end
  if seen then return { 'repeated', show(cart, first_inventory, epoch) } end
end

local unsold, unknown, too_many, short = { 'unsold' }, { 'unknown' }, { 'too_many_units' }, { 'short' }
local changes, lines, raised = {}, 0, false
for i = first_line, #ARGV, 3 do
  local at, field, units, available = (i - first_line) / 3, 'line:' .. ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local had = tonumber(redis.call('HGET', cart, field) or '0')
  local wanted = mode == 'add' and had + units or units
  if available == '' then available = quantity_of(KEYS[first_inventory + at], epoch) end
  if available == 'none' then
    unsold[#unsold + 1] = at
  elseif not available then
    unknown[#unknown + 1] = at
  elseif wanted > most_units then
    too_many[#too_many + 1] = at
  elseif wanted > tonumber(available) then
    short[#short + 1] = at
    short[#short + 1] = wanted
    short[#short + 1] = tonumber(available)
  end
  if wanted ~= had then changes[#changes + 1] = { field, wanted } end
  if wanted > had then raised = true end
  if had == 0 and wanted > 0 then lines = lines + 1 end
end

if #unsold > 1 then return unsold end
if #unknown > 1 then return unknown end
if #too_many > 1 then return too_many end
if #short > 1 then return short end
-- Two of a cart's fields, id and version, are no lines.
local all_lines = math.max(redis.call('HLEN', cart) - 2, 0) + lines
if lines > 0 and all_lines > most_lines then return { 'too_many_lines' } end
if raised and all_lines > tonumber(ARGV[8]) then
  local now = redis.call('HMGET', cart, 'id', 'version')
  if ARGV[9] ~= (now[1] or '') .. ':' .. (now[2] or '0') then return { 'unchecked' } end
end

if #changes > 0 then
  redis.call('HSETNX', cart, 'id', ARGV[2])
  for _, change in ipairs(changes) do
    if change[2] > 0 then redis.call('HSET', cart, change[1], change[2]) else redis.call('HDEL', cart, change[1]) end
  end
  redis.call('HINCRBY', cart, 'version', 1)
end
redis.call('PEXPIRE', cart, ttl)
if key then redis.call('SET', key, ARGV[6], 'PX', ARGV[7]) end
return { 'ok', show(cart, first_inventory, epoch) }
