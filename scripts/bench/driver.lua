-- The requests of one load of `npm run bench`, for wrk. The arguments are the file of requests, eight hexadecimal digits that
-- no other load of the run has, the status that every answer must have, and `once` or `again`.
--
-- A line of the file is method, path, headers (name: value, separated by |) and body, separated by tabs. Where a line has the
-- UUID of `template`, each request gets a UUID of its own: a new session, or a new idempotency key.
local template = '00000000-0000-4000-8000-000000000000'
local requests = {}
local threads = {}
local at = 0
local fresh = 0
local run, again

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for line in io.lines(args[1]) do
    local method, path, fields, body = line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$')
    local headers = {}
    for name, value in fields:gmatch('([^:|]+): ([^|]+)') do headers[name] = value end
    if body ~= '' then headers['content-type'] = 'application/json' else body = nil end
    local text = wrk.format(method, path, headers, body)
    table.insert(requests, { text = text, fixed = not text:find(template, 1, true) })
  end
  run, again = args[2], args[4] == 'again'
  wrong = 0
  local expected = tonumber(args[3])
  -- wrk counts other answers than 2xx and 3xx by itself, and with less work for the driver.
  if expected >= 400 then
    response = function(status)
      if status ~= expected then wrong = wrong + 1 end
    end
  end
end

function request()
  at = at + 1
  if at > #requests then
    if not again then wrk.thread:stop() end
    at = 1
  end
  local one = requests[at]
  if one.fixed then return one.text end
  fresh = fresh + 1
  return (one.text:gsub('00000000%-0000%-4000%-8000%-000000000000', string.format('%s-0000-4000-8000-%012x', run, fresh)))
end

function done(summary, latency)
  local errors = summary.errors
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get('wrong') end
  io.write(string.format(
    '\nbench {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"cut":%d,"status":%d,"late":%d,"wrong":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write, errors.status, errors.timeout, sum))
end
