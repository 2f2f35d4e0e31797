-- append: adds events to streams in the order given, and stops at the first one that Redis does not take: no event
-- overtakes an earlier one.
--
-- KEYS   events:{aggregate type}, each stream once
-- ARGV   about how many events a stream keeps, then for each event: the number of its stream in KEYS, its text
-- reply  { how many events were added, the error of the next one | '' every event was added }
for i = 2, #ARGV, 2 do
  local id = redis.pcall('XADD', KEYS[tonumber(ARGV[i])], 'MAXLEN', '~', ARGV[1], '*', 'event', ARGV[i + 1])
  if type(id) == 'table' then return { i / 2 - 1, id.err } end
end
return { (#ARGV - 1) / 2, '' }
