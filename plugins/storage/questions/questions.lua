-- Answers several questions in one call. The node writes `questions` above this text: a table of functions by name, each made
-- of the text of a script that could also be called by itself, with its own KEYS and ARGV.
--
-- KEYS   the keys of all questions, one question after the other
-- ARGV   for each question: its name, how many keys it has, how many arguments, its arguments
-- reply  for each question its reply, an error where it failed: the other questions have theirs all the same
local function cut(list, from, count)
  local part = {}
  for n = 1, count do
    part[n] = list[from + n]
  end
  return part
end

local replies, key, at = {}, 0, 1
while at <= #ARGV do
  local keys, arguments = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local answered, reply = pcall(questions[ARGV[at]], cut(KEYS, key, keys), cut(ARGV, at + 2, arguments))
  if not answered and type(reply) ~= 'table' then reply = redis.error_reply(tostring(reply)) end
  -- nil would end the list.
  replies[#replies + 1] = reply == nil and false or reply
  key = key + keys
  at = at + 3 + arguments
end
return replies
