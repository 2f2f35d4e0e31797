-- read: the cart as it is now, unchanged. show.lua stands before this text.
--
-- KEYS   cart:hash:<session>, then inventory:{<product>} of products that the cart may have
-- ARGV   epoch
-- reply  {}, or what show.lua answers
return { show(KEYS[1], 2, ARGV[1]) }
