-- bucket: takes one request from a bucket that holds `most` and refills at `most` a window (GCRA, one number a key).
--
-- KEYS   the limit and the client address
-- ARGV   most, window ms
-- reply  { taken: how many requests are missing from the bucket, this one included, or most + 1 when it was empty,
--          ms: until it has the next one when it is empty, else until it is full again }
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local each = window / most

-- When the bucket is full again.
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if full + each - now > window then
  return { most + 1, math.ceil(full + each - now - window) }
end
full = full + each
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
local taken = math.ceil((full - now) / each - 0.001)
local wait = taken >= most and full + each - now - window or full - now
return { taken, math.ceil(wait) }
