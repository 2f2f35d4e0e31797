-- adopt: a cart that an earlier release kept under the session's id gets its name of today, unless there is one.
--
-- KEYS   cart:<session's id>, cart:hash:<session>
-- reply  1 renamed, 0 there is nothing to adopt
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('RENAMENX', KEYS[1], KEYS[2])
